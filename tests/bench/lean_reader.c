/* The floor: reads the same header fields as the program, with one socket, one buffer and no more parsing than it takes
   to find ids and compare them with a set of known ones.

   lean_reader HOST PORT USER PASSWORD FIELDS KNOWN_IDS_FILE [tls]
   Prints: seconds messages matches bytes */
#define _GNU_SOURCE
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
static SSL *tls;
#endif

static int sock;
static char *buffer;
static size_t begin, end, room = 1 << 19;
static unsigned long long received;

static void die(const char *what) { fprintf(stderr, "%s\n", what); exit(1); }

static void fill(void) {
    if (begin) { memmove(buffer, buffer + begin, end - begin); end -= begin; begin = 0; }
    if (end == room && !(buffer = realloc(buffer, room *= 2))) die("memory");
    ssize_t got;
#ifdef WITH_TLS
    if (tls) got = SSL_read(tls, buffer + end, (int)(room - end)); else
#endif
    got = recv(sock, buffer + end, room - end, 0);
    if (got <= 0) die("the server hung up");
    end += (size_t)got; received += (size_t)got;
}

static void say(const char *text) {
    size_t length = strlen(text);
#ifdef WITH_TLS
    if (tls) { if (SSL_write(tls, text, (int)length) <= 0) die("write"); return; }
#endif
    if (send(sock, text, length, 0) != (ssize_t)length) die("write");
}

/* The next line with its CRLF; stays valid until the next fill. */
static size_t line(char **at) {
    size_t looked = 0;
    for (;;) {
        char *found = memchr(buffer + begin + looked, '\n', end - begin - looked);
        if (found) { *at = buffer + begin; return (size_t)(found - *at) + 1; }
        looked = end - begin;
        fill();
    }
}

static void until(const char *tag) {
    char *at; size_t length, n = strlen(tag);
    do {
        length = line(&at);
        begin += length;
    } while (length < n || memcmp(at, tag, n));
    if (memcmp(at + n, "OK", 2)) die("refused");
}

/* -- the set of known ids: open addressing */
static uint64_t *set; static size_t mask;
static uint64_t hash(const char *text, size_t length) {
    uint64_t h = 1469598103934665603ULL;
    for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)text[i]) * 1099511628211ULL;
    return h ? h : 1;
}
static void learn(uint64_t h) { size_t i = h & mask; while (set[i]) i = (i + 1) & mask; set[i] = h; }
static int knows(uint64_t h) { for (size_t i = h & mask; set[i]; i = (i + 1) & mask) if (set[i] == h) return 1; return 0; }

static int names_a_known_one(const char *text, size_t length) {
    const char *stop = text + length, *at = text;
    while ((at = memchr(at, '<', (size_t)(stop - at)))) {
        const char *close = memchr(at, '>', (size_t)(stop - at));
        if (!close) return 0;
        if (knows(hash(at + 1, (size_t)(close - at - 1)))) return 1;
        at = close;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 7) die("usage");
    FILE *file = fopen(argv[6], "r");
    if (!file) die("known ids");
    mask = (1 << 17) - 1;
    set = calloc(mask + 1, sizeof *set);
    char id[1100];
    while (fgets(id, sizeof id, file)) learn(hash(id, strcspn(id, "\n")));
    fclose(file);
    buffer = malloc(room);

    struct timespec t0, t1;
    clock_gettime(CLOCK_MONOTONIC, &t0);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET}, *where;
    if (getaddrinfo(argv[1], argv[2], &hints, &where)) die("name");
    sock = socket(where->ai_family, SOCK_STREAM, 0);
    if (connect(sock, where->ai_addr, where->ai_addrlen)) die("connect");
    if (argc > 7) {
#ifdef WITH_TLS
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        tls = SSL_new(context);
        SSL_set_fd(tls, sock);
        if (SSL_connect(tls) != 1) die("tls");
#else
        die("made without TLS");
#endif
    }
    char *at, command[2000];
    begin += line(&at);
    snprintf(command, sizeof command, "a LOGIN %s %s\r\n", argv[3], argv[4]);
    say(command); until("a ");
    say("b EXAMINE INBOX\r\n"); until("b ");
    snprintf(command, sizeof command,
             "c UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (%s)])\r\n", argv[5]);
    say(command);
    long messages = 0, matches = 0;
    for (;;) {
        size_t length = line(&at);
        if (length > 3 && at[length - 3] == '}') {
            char *brace = memrchr(at, '{', length);
            size_t size = (size_t)strtoul(brace + 1, NULL, 10);
            begin += length;
            while (end - begin < size) fill();
            messages++;
            matches += names_a_known_one(buffer + begin, size);
            begin += size;
            continue;
        }
        int last = !memcmp(at, "c ", 2);
        begin += length;
        if (last) break;
    }
    clock_gettime(CLOCK_MONOTONIC, &t1);
    printf("%.4f %ld %ld %llu\n", (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9, messages,
           matches, received);
    say("d LOGOUT\r\n");
    return 0;
}
