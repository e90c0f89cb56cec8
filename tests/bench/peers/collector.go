// A tracking server as one would write it in Go: net/http and SQLite (github.com/mattn/go-sqlite3). Signed tokens; a hit is a
// row on the disk before it is answered, written in groups. Used by `python -m tests.bench tracking --peers`.
//
// collector PORT DATABASE KEY
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

const maxGroup = 2000

var gif, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
var key = []byte(os.Args[3])
var hits = make(chan hit, maxGroup)

type hit struct {
	values []any
	safe   chan struct{}
}

// The body of a token: message (8 bytes), recipient (8), URL.
func read(token string) []byte {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < 32 {
		return nil
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(sealed[16:])
	if !hmac.Equal(mac.Sum(nil)[:16], sealed[:16]) {
		return nil
	}
	return sealed[16:]
}

func handle(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := read(strings.TrimSuffix(r.URL.Path[3:], ".gif"))
		if body == nil {
			http.NotFound(w, r)
			return
		}
		url := string(body[16:])
		ip, _, _ := net.SplitHostPort(r.RemoteAddr)
		safe := make(chan struct{})
		hits <- hit{[]any{kind, time.Now().UnixMicro(), hex.EncodeToString(body[:8]), hex.EncodeToString(body[8:16]), url, ip,
			r.UserAgent(), r.Method, r.Header.Get("Accept"), r.Header.Get("Accept-Language")}, safe}
		<-safe
		header := w.Header()
		header.Set("Cache-Control", "no-store, no-cache, must-revalidate, private, max-age=0")
		if kind == "click" {
			header.Set("Location", url)
			w.WriteHeader(http.StatusFound)
			return
		}
		header.Set("Content-Type", "image/gif")
		header.Set("Content-Length", strconv.Itoa(len(gif)))
		w.Write(gif)
	}
}

func write(db *sql.DB, insert *sql.Stmt) {
	for first := range hits {
		group := []hit{first}
		for more := true; more && len(group) < maxGroup; {
			select {
			case next := <-hits:
				group = append(group, next)
			default:
				more = false
			}
		}
		transaction, err := db.Begin()
		if err != nil {
			log.Fatal(err)
		}
		statement := transaction.Stmt(insert)
		for _, one := range group {
			if _, err := statement.Exec(one.values...); err != nil {
				log.Fatal(err)
			}
		}
		if err := transaction.Commit(); err != nil {
			log.Fatal(err)
		}
		for _, one := range group {
			close(one.safe)
		}
	}
}

func main() {
	db, err := sql.Open("sqlite3", "file:"+os.Args[2]+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE hit (number INTEGER PRIMARY KEY, kind TEXT, at INTEGER, message_ref TEXT,
		recipient_ref TEXT, url TEXT, ip TEXT, user_agent TEXT, method TEXT, accept TEXT, language TEXT)`); err != nil {
		log.Fatal(err)
	}
	insert, err := db.Prepare(`INSERT INTO hit (kind, at, message_ref, recipient_ref, url, ip, user_agent, method, accept, language)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		log.Fatal(err)
	}
	go write(db, insert)
	http.HandleFunc("/o/", handle("open"))
	http.HandleFunc("/c/", handle("click"))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
