-- What a store holds about each circuit.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the tables `circuits`, `trial_slots`, `members`, `buckets`, `versions` and
--               `processes`.
--
-- Times are in milliseconds since 1970, by the server's clock.

CREATE TABLE circuits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  generation text NOT NULL DEFAULT gen_random_uuid()::text,
  epoch bigint NOT NULL DEFAULT 0,
  -- Differs after each event that quiet nodes must learn of.
  stamp bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'CLOSED'
    CHECK (state IN ('CLOSED', 'OPEN', 'HALF_OPEN', 'ISOLATED')),
  cause text NOT NULL DEFAULT 'none'
    CHECK (cause IN ('none', 'quorum', 'pooled', 'cooldown', 'trials', 'recovered', 'restored',
      'isolate', 'release', 'reset')),
  -- While open: when trial calls are allowed.
  until float8 NOT NULL DEFAULT 0,
  openings bigint NOT NULL DEFAULT 0,
  -- The state that an isolation covers.
  covered text NOT NULL DEFAULT 'CLOSED' CHECK (covered IN ('CLOSED', 'OPEN')),
  -- What trial calls are judged by, and their outcomes.
  rule jsonb NOT NULL DEFAULT '{"calls": 1, "closeAt": 1, "openAt": 1, "concurrent": 1}',
  trial_successes bigint NOT NULL DEFAULT 0,
  trial_failures bigint NOT NULL DEFAULT 0,
  -- The last fencing number that was granted.
  fence bigint NOT NULL DEFAULT 0,
  -- The latest time written here; rows of members may hold a later one.
  seen_at float8 NOT NULL,
  -- How often the server's clock was set back. Rows of members and buckets that name an earlier
  -- number no longer count.
  clock bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- Trial slots that were granted. Whoever changes them holds the lock on the row of their circuit.
CREATE TABLE trial_slots (
  circuit bigint NOT NULL REFERENCES circuits ON DELETE CASCADE,
  fence bigint NOT NULL,
  member text NOT NULL,
  expires_at float8 NOT NULL,
  begun boolean NOT NULL,
  PRIMARY KEY (circuit, fence)
);

-- The tables below are written often, or only help to write seldom, so they stay out of the
-- write-ahead log: a transaction that writes nothing else does not wait for the disk. After a crash
-- or on a promoted standby they are empty, and nodes fill them again with their next sync.

-- Members and buckets name the epoch that they belong to, so a transition does not have to touch them.
CREATE UNLOGGED TABLE members (
  circuit bigint NOT NULL,
  member text NOT NULL,
  clock bigint NOT NULL,
  expires_at float8 NOT NULL,
  -- The `ttl` of its last message.
  ttl float8 NOT NULL,
  -- The epoch in which it voted to open, or null.
  voted bigint,
  successes bigint NOT NULL,
  failures bigint NOT NULL,
  seen_at float8 NOT NULL,
  PRIMARY KEY (circuit, member)
) WITH (fillfactor = 50);

-- Pooled outcomes. A bucket is a tenth of the span; its number counts tenths since 1970.
CREATE UNLOGGED TABLE buckets (
  circuit bigint NOT NULL,
  bucket bigint NOT NULL,
  clock bigint NOT NULL,
  epoch bigint NOT NULL,
  successes bigint NOT NULL,
  failures bigint NOT NULL,
  PRIMARY KEY (circuit, bucket)
) WITH (fillfactor = 50);

-- What quiet messages are compared with. Whoever changes a row holds the lock on the row of its
-- circuit. Without a row, the circuit's next quiet message is merged, and its members come back: also
-- if an operator deletes the row of a damaged circuit.
CREATE UNLOGGED TABLE versions (
  circuit text PRIMARY KEY REFERENCES circuits (name) ON DELETE CASCADE,
  -- Of the circuit's name, generation, epoch and stamp: see `digest_of`.
  digest bigint NOT NULL,
  -- The number of members after the last message that was merged.
  members bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX ON versions (digest);

-- The processes that nodes run in. A quiet circuit keeps its members for long; operators see only
-- those whose process was heard of lately.
CREATE UNLOGGED TABLE processes (
  member text PRIMARY KEY,
  expires_at float8 NOT NULL
) WITH (fillfactor = 50);
