// A tracking server as one would write it for Node: fastify and better-sqlite3. Signed tokens; a hit is a row on the disk before
// it is answered, written in groups: all that one turn of the event loop has read. Used by `python -m tests.bench tracking --peers`.
//
// node collector.cjs PORT DATABASE KEY
"use strict";
const { createHmac, timingSafeEqual } = require("node:crypto");
const Database = require("better-sqlite3");
const fastify = require("fastify");

const [port, path, key] = process.argv.slice(2);
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");
const NEVER_KEPT = "no-store, no-cache, must-revalidate, private, max-age=0";

const database = new Database(path);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(`CREATE TABLE hit (number INTEGER PRIMARY KEY, kind TEXT, at INTEGER, message_ref TEXT, recipient_ref TEXT,
  url TEXT, ip TEXT, user_agent TEXT, method TEXT, accept TEXT, language TEXT)`);
const insert = database.prepare(`INSERT INTO hit (kind, at, message_ref, recipient_ref, url, ip, user_agent, method, accept, language)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
const save = database.transaction((hits) => { for (const hit of hits) insert.run(hit.values); });

let waiting = [];
function write() {
  const hits = waiting;
  waiting = [];
  save(hits);
  for (const hit of hits) hit.answer();
}

// The body of a token: message (8 bytes), recipient (8), URL.
function read(token) {
  const sealed = Buffer.from(token, "base64url");
  if (sealed.length < 32) return null;
  const body = sealed.subarray(16);
  const mac = createHmac("sha256", key).update(body).digest().subarray(0, 16);
  return timingSafeEqual(mac, sealed.subarray(0, 16)) ? body : null;
}

function handler(kind) {
  return (request, reply) => {
    const body = read(request.params.token.replace(/\.gif$/, ""));
    if (body === null) return reply.code(404).send("Not found\n");
    const url = body.toString("utf8", 16);
    const { headers } = request;
    const values = [kind, Date.now() * 1000, body.toString("hex", 0, 8), body.toString("hex", 8, 16), url, request.ip,
      headers["user-agent"] ?? "", request.method, headers.accept ?? "", headers["accept-language"] ?? ""];
    const answer = () => {
      reply.header("cache-control", NEVER_KEPT);
      if (kind === "click") reply.code(302).header("location", url).send();
      else reply.type("image/gif").send(GIF);
    };
    if (waiting.push({ values, answer }) === 1) setImmediate(write);
    return reply;
  };
}

const app = fastify({ routerOptions: { maxParamLength: 12_000 } });
app.get("/o/:token", handler("open"));
app.get("/c/:token", handler("click"));
app.listen({ host: "127.0.0.1", port: Number(port) });
