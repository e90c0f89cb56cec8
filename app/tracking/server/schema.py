"""The tables of the tracking server, in words that SQLite and PostgreSQL both understand. Used by the two databases.

Times are microseconds since 1970 UTC. `network` is what tells whose address it is: an IPv4 address, or the first half
of an IPv6 address.
"""

from __future__ import annotations

SCHEMA_VERSION = 3

_HIT = """CREATE TABLE hit (
    number {number},
    hit_uid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    message_ref TEXT NOT NULL,
    recipient_ref TEXT NOT NULL,
    link BIGINT,
    url TEXT NOT NULL,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    method TEXT NOT NULL,
    workspace BIGINT NOT NULL DEFAULT 1,
    headers TEXT NOT NULL DEFAULT '{{}}',
    network TEXT NOT NULL DEFAULT '',
    own BIGINT NOT NULL DEFAULT 0
)"""

# What came with version 2
_ADDED = (
    "CREATE INDEX hit_workspace ON hit (workspace, number)",
    """CREATE TABLE workspace (
        id BIGINT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        token_hash TEXT NOT NULL UNIQUE,
        created BIGINT NOT NULL,
        revoked BIGINT
    )""",
    """CREATE TABLE signing_key (
        id BIGINT PRIMARY KEY CHECK (id BETWEEN 0 AND 65535),
        workspace BIGINT NOT NULL REFERENCES workspace (id),
        secret TEXT NOT NULL,
        created BIGINT NOT NULL,
        seals_from BIGINT NOT NULL,
        place BIGINT NOT NULL
    )""",
    """CREATE TABLE presence (
        workspace BIGINT NOT NULL,
        program TEXT NOT NULL,
        network TEXT NOT NULL,
        first_seen BIGINT NOT NULL,
        last_seen BIGINT NOT NULL,
        PRIMARY KEY (workspace, program, network, first_seen)
    )""",
    "CREATE INDEX presence_network ON presence (workspace, network, last_seen)",
    """CREATE TABLE forgotten (
        workspace BIGINT NOT NULL,
        recipient_ref TEXT NOT NULL,
        at BIGINT NOT NULL,
        PRIMARY KEY (workspace, recipient_ref)
    )""",
)
_SERVER = (
    "CREATE TABLE server (id BIGINT PRIMARY KEY CHECK (id = 1), uid TEXT NOT NULL, cut_to BIGINT NOT NULL DEFAULT 0)"
)
# What came with version 3. `former`: the database's name before it was given a new one, at `renewed`. See `sketches`.
TO_VERSION_3 = (
    "ALTER TABLE server ADD COLUMN former TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE server ADD COLUMN renewed BIGINT NOT NULL DEFAULT 0",
    """CREATE TABLE hit_sketch (
        above BIGINT PRIMARY KEY,
        last BIGINT NOT NULL,
        sketch TEXT NOT NULL
    )""",
)


def everything(number: str) -> tuple[str, ...]:
    """For an empty database; `number`: the type of a column that counts up and never gives a number twice."""
    return (_SERVER, _HIT.format(number=number), *_ADDED, *TO_VERSION_3)


# From version 1, which only SQLite has had
TO_VERSION_2 = (
    "ALTER TABLE hit ADD COLUMN workspace BIGINT NOT NULL DEFAULT 1",
    "ALTER TABLE hit ADD COLUMN headers TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE hit ADD COLUMN network TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE hit ADD COLUMN own BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE server ADD COLUMN cut_to BIGINT NOT NULL DEFAULT 0",
    *_ADDED,
)
