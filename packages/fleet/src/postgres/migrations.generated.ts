// Written by tools/embed-sql.mjs from the files in migrations/. Change those, then run it.
import type { Migration } from './migrate.ts';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'tables',
    checksum: 'f034bd1cc9c73b6fc45b2ada984ed2649620255644925c59001e618ee0b86c8b',
    sql: `-- What a store holds of each circuit.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the tables \`circuits\`, \`places\`, \`members\` and \`buckets\`.
--
-- Times are milliseconds since 1970 by the server's clock.

CREATE TABLE circuits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  generation text NOT NULL DEFAULT gen_random_uuid()::text,
  epoch bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'CLOSED'
    CHECK (state IN ('CLOSED', 'OPEN', 'HALF_OPEN', 'ISOLATED')),
  cause text NOT NULL DEFAULT 'none'
    CHECK (cause IN ('none', 'quorum', 'pooled', 'cooldown', 'trials', 'recovered', 'restored',
      'isolate', 'release', 'reset')),
  -- While open: when test calls are allowed.
  until float8 NOT NULL DEFAULT 0,
  openings bigint NOT NULL DEFAULT 0,
  -- The state that an isolation covers.
  covered text NOT NULL DEFAULT 'CLOSED' CHECK (covered IN ('CLOSED', 'OPEN')),
  -- What test calls are judged by, and their outcomes.
  rule jsonb NOT NULL DEFAULT '{"calls": 1, "closeAt": 1, "openAt": 1, "concurrent": 1}',
  trial_successes bigint NOT NULL DEFAULT 0,
  trial_failures bigint NOT NULL DEFAULT 0,
  -- The last fencing number that was given away.
  fence bigint NOT NULL DEFAULT 0,
  -- The latest time that was written here; members may have seen a later one.
  seen_at float8 NOT NULL,
  -- How often the server's clock was set back. Rows of members and buckets that were written by
  -- an earlier clock mean nothing.
  clock bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- Test places that were given away. They live with the row of their circuit: whoever changes them
-- holds its lock.
CREATE TABLE places (
  circuit bigint NOT NULL REFERENCES circuits ON DELETE CASCADE,
  fence bigint NOT NULL,
  member text NOT NULL,
  expires_at float8 NOT NULL,
  begun boolean NOT NULL,
  PRIMARY KEY (circuit, fence)
);

-- Members and buckets are written at every sync, so they are kept out of the write-ahead log: a
-- server that crashed comes back without them, and nodes tell them again with their next sync. They
-- name the epoch that they belong to, so that a transition needs not touch them.
CREATE UNLOGGED TABLE members (
  circuit bigint NOT NULL,
  member text NOT NULL,
  clock bigint NOT NULL,
  expires_at float8 NOT NULL,
  -- The epoch in which it voted to open, if it did.
  voted bigint,
  successes bigint NOT NULL,
  failures bigint NOT NULL,
  seen_at float8 NOT NULL,
  PRIMARY KEY (circuit, member)
) WITH (fillfactor = 50);

-- Outcomes by the number of their tenth of the span since 1970.
CREATE UNLOGGED TABLE buckets (
  circuit bigint NOT NULL,
  bucket bigint NOT NULL,
  clock bigint NOT NULL,
  epoch bigint NOT NULL,
  successes bigint NOT NULL,
  failures bigint NOT NULL,
  PRIMARY KEY (circuit, bucket)
) WITH (fillfactor = 50);
`,
  },
  {
    version: 2,
    name: 'messages',
    checksum: 'f278f5928b818448ef1939b538b60f8f9863cae62a2fcf4bdc89eeb09215a13b',
    sql: `-- What a node tells of a circuit, and what it is answered.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the type \`message\` and the functions that read the time, a change and a
--               reply. They are called by \`exchange\` alone, which sets the search path.

-- The fields are called as in the JSON that nodes send.
CREATE TYPE message AS (
  circuit text,
  member text,
  ttl float8,
  version jsonb,
  open boolean,
  successes bigint,
  failures bigint,
  "ackedSuccesses" bigint,
  "ackedFailures" bigint,
  span float8,
  settled jsonb,
  begun jsonb,
  "trialTimeout" float8,
  "leaseTime" float8,
  rule jsonb,
  propose jsonb,
  command text,
  want bigint
);

-- at:      milliseconds to go by instead, which tests alone give.
-- Returns: the server's time.
CREATE FUNCTION server_time(at float8) RETURNS float8 LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(at, extract(epoch FROM clock_timestamp())::float8 * 1000)
$$;

-- Returns: the latest time that anybody has seen of the circuit.
CREATE FUNCTION last_seen(c circuits) RETURNS float8 LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  latest float8;
BEGIN
  SELECT max(seen_at) INTO latest FROM members WHERE circuit = c.id AND clock = c.clock;
  RETURN greatest(c.seen_at, latest);
END
$$;

-- Returns: whether what the message says is about the state that the circuit is in.
CREATE FUNCTION is_current(c circuits, m message) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN m.version ->> 'generation' IS NOT DISTINCT FROM c.generation
    AND (m.version ->> 'epoch')::bigint IS NOT DISTINCT FROM c.epoch;
END
$$;

-- Returns: what subscribers are told of the circuit.
CREATE FUNCTION change_of(c circuits, now float8) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object(
    'circuit', c.name,
    'version', jsonb_build_object('generation', c.generation, 'epoch', c.epoch),
    'state', c.state,
    'cause', c.cause,
    'remaining', CASE c.state WHEN 'OPEN' THEN greatest(0, c.until - now) ELSE 0 END,
    'openings', c.openings);
END
$$;

-- Returns: the test calls so far, under the key \`tally\`; nothing unless the circuit is half-open.
CREATE FUNCTION tally_of(c circuits) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF c.state <> 'HALF_OPEN' THEN
    RETURN '{}'::jsonb;
  END IF;
  RETURN jsonb_build_object('tally', jsonb_build_object(
    'rule', c.rule,
    'successes', c.trial_successes,
    'failures', c.trial_failures,
    'outstanding', (SELECT count(*) FROM places WHERE circuit = c.id)));
END
$$;

-- granted: the test places that the message's member was given.
-- Returns: what the message is answered.
CREATE FUNCTION reply_to(m message, c circuits, now float8, granted bigint[])
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  live record;
  pooled record;
  at bigint;
  told jsonb;
BEGIN
  SELECT count(*) AS members, count(*) FILTER (WHERE voted = c.epoch) AS votes
    INTO live FROM members WHERE circuit = c.id AND clock = c.clock AND expires_at > now;
  told := change_of(c, now) || tally_of(c) || jsonb_build_object(
    'members', live.members, 'votes', live.votes, 'successes', 0, 'failures', 0,
    'granted', to_jsonb(granted));
  IF m.span = 0 THEN
    RETURN told;
  END IF;
  at := bucket_at(m.span, now);
  SELECT coalesce(sum(successes), 0) AS successes, coalesce(sum(failures), 0) AS failures
    INTO pooled FROM buckets
    WHERE circuit = c.id AND clock = c.clock AND epoch = c.epoch AND bucket > at - 10
      AND bucket <= at;
  RETURN told || jsonb_build_object('successes', pooled.successes, 'failures', pooled.failures);
END
$$;

-- Returns: the number of the tenth of the span since 1970.
CREATE FUNCTION bucket_at(span float8, now float8) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT floor(now / (span / 10))::bigint
$$;
`,
  },
  {
    version: 3,
    name: 'members',
    checksum: '2c1699a40356bfa535595d391cfdcfb9612028e0e5bfb4a5b6ea7716f7b001f1',
    sql: `-- Members, their votes and their outcomes: what a sync writes where nothing has happened.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. They are called by \`exchange\` alone.
--
-- None of them needs the row of the circuit to be locked: what they write names the epoch and the
-- clock that it belongs to, and counts for no other.

-- Notes that a member lives, or has left, and what it votes; pools what it recorded since it last
-- spoke. Drops members that are gone.
CREATE FUNCTION note_member(c circuits, m message, now float8)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  speaks_of_now boolean := is_current(c, m);
  is_new boolean := coalesce(m.version ->> 'generation', '') = '';
BEGIN
  IF c.state = 'CLOSED' AND m.span > 0 AND (speaks_of_now OR is_new) THEN
    PERFORM pool_outcomes(c, m, now);
  END IF;
  IF m.ttl <= 0 THEN
    DELETE FROM members WHERE circuit = c.id AND member = m.member;
    RETURN;
  END IF;
  INSERT INTO members AS known
    VALUES (c.id, m.member, c.clock, now + m.ttl,
      CASE WHEN c.state = 'CLOSED' AND speaks_of_now AND m.open THEN c.epoch END,
      m.successes, m.failures, now)
    ON CONFLICT (circuit, member) DO UPDATE SET
      clock = excluded.clock,
      expires_at = excluded.expires_at,
      -- Who speaks of a state that has passed keeps the vote that it has.
      voted = CASE
        WHEN c.state <> 'CLOSED' THEN NULL
        WHEN speaks_of_now THEN excluded.voted
        WHEN known.expires_at > now AND known.clock = c.clock THEN known.voted
      END,
      -- Totals only grow: by a message that was overtaken, what followed would be counted twice.
      successes = CASE WHEN known.expires_at > now AND known.clock = c.clock
        THEN greatest(known.successes, excluded.successes) ELSE excluded.successes END,
      failures = CASE WHEN known.expires_at > now AND known.clock = c.clock
        THEN greatest(known.failures, excluded.failures) ELSE excluded.failures END,
      seen_at = excluded.seen_at;
  PERFORM drop_members(c, now);
END
$$;

-- Drops members that have not spoken in time. Called after the caller has written its own row, which
-- has seen the latest time. It waits for nobody: what somebody else writes now is not gone.
CREATE FUNCTION drop_members(c circuits, now float8) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM members WHERE circuit = c.id AND (expires_at <= now OR clock < c.clock)
  ) THEN
    RETURN;
  END IF;
  DELETE FROM members WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM members
      WHERE circuit = c.id AND (expires_at <= now OR clock < c.clock)
      FOR UPDATE SKIP LOCKED));
END
$$;

-- Adds what a member recorded since it last spoke. It tells its totals, not the difference, so that
-- a message that comes twice counts once and one that is lost is made up for by the next.
CREATE FUNCTION pool_outcomes(c circuits, m message, now float8)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  known members;
  at bigint := bucket_at(m.span, now);
  more_successes bigint;
  more_failures bigint;
BEGIN
  -- The lock keeps a second message of the same member waiting until this one counts, so there has
  -- to be a row to lock.
  SELECT * INTO known FROM members WHERE circuit = c.id AND member = m.member FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO members
      VALUES (c.id, m.member, c.clock, now, NULL, m."ackedSuccesses", m."ackedFailures", now)
      ON CONFLICT DO NOTHING;
    SELECT * INTO known FROM members WHERE circuit = c.id AND member = m.member FOR UPDATE;
  END IF;
  IF known.expires_at <= now OR known.clock <> c.clock THEN
    known.successes := m."ackedSuccesses";
    known.failures := m."ackedFailures";
  END IF;
  more_successes := greatest(0, m.successes - known.successes);
  more_failures := greatest(0, m.failures - known.failures);
  IF more_successes + more_failures > 0 THEN
    PERFORM add_outcomes(c, at, more_successes, more_failures);
  END IF;
  IF EXISTS (SELECT FROM buckets WHERE circuit = c.id AND bucket <= at - 10) THEN
    DELETE FROM buckets WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM buckets WHERE circuit = c.id AND bucket <= at - 10
        FOR UPDATE SKIP LOCKED));
  END IF;
END
$$;

-- Adds outcomes to a bucket, which is begun anew where it is of a state that has passed. Outcomes
-- that are themselves of such a state are dropped.
CREATE FUNCTION add_outcomes(c circuits, at bigint, more_successes bigint, more_failures bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO buckets AS known
    VALUES (c.id, at, c.clock, c.epoch, more_successes, more_failures)
    ON CONFLICT (circuit, bucket) DO UPDATE SET
      clock = excluded.clock,
      epoch = excluded.epoch,
      successes = excluded.successes + CASE
        WHEN (known.clock, known.epoch) = (excluded.clock, excluded.epoch) THEN known.successes
        ELSE 0
      END,
      failures = excluded.failures + CASE
        WHEN (known.clock, known.epoch) = (excluded.clock, excluded.epoch) THEN known.failures
        ELSE 0
      END
    WHERE (known.clock, known.epoch) <= (excluded.clock, excluded.epoch);
END
$$;
`,
  },
  {
    version: 4,
    name: 'places',
    checksum: 'a9e4efc880e55af7affa5147910ab3746e6c31ee2f386e6fa2bdbadb8998f86f',
    sql: `-- Test places of a half-open circuit.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. They are called by \`exchange\` alone, and those that
--               give a circuit back hold the lock of its row; they change \`places\`, and the caller
--               writes the row.

-- Returns: how many places more there may be now; 0 where the test calls have decided already.
CREATE FUNCTION free_places(c circuits) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF c.trial_successes >= (c.rule ->> 'closeAt')::bigint
    OR c.trial_failures >= (c.rule ->> 'openAt')::bigint THEN
    RETURN 0;
  END IF;
  RETURN greatest(0, least(
    (c.rule ->> 'calls')::bigint - c.trial_successes - c.trial_failures,
    (c.rule ->> 'concurrent')::bigint
  ) - (SELECT count(*) FROM places WHERE circuit = c.id));
END
$$;

-- Takes back the places whose time is over. One that no call ever used is free again. One whose call
-- had begun is used up: the call reached the dependency, which didn't answer in time.
CREATE FUNCTION expire_places(c circuits, now float8) RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  failed bigint;
BEGIN
  WITH gone AS (
    DELETE FROM places WHERE circuit = c.id AND expires_at <= now RETURNING begun
  )
  SELECT count(*) INTO failed FROM gone WHERE begun;
  c.trial_failures := c.trial_failures + failed;
  RETURN c;
END
$$;

-- Notes which places are in use and what became of them. A place that is gone is not minded.
CREATE FUNCTION settle_places(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  outcomes record;
BEGIN
  UPDATE places SET begun = true, expires_at = now + m."trialTimeout"
    WHERE circuit = c.id AND member = m.member AND NOT begun
      AND fence IN (SELECT value::bigint FROM jsonb_array_elements_text(m.begun));
  WITH settled AS (
    -- Where a place is named twice, what was said first counts.
    SELECT DISTINCT ON (value -> 'fence')
      (value ->> 'fence')::bigint AS fence, value ->> 'outcome' AS outcome
      FROM jsonb_array_elements(m.settled) WITH ORDINALITY ORDER BY value -> 'fence', ordinality
  ), gone AS (
    DELETE FROM places USING settled
      WHERE circuit = c.id AND member = m.member AND places.fence = settled.fence
      RETURNING outcome
  )
  SELECT count(*) FILTER (WHERE outcome = 'success') AS successes,
    count(*) FILTER (WHERE outcome = 'failure') AS failures
    INTO outcomes FROM gone;
  c.trial_successes := c.trial_successes + outcomes.successes;
  c.trial_failures := c.trial_failures + outcomes.failures;
  RETURN c;
END
$$;

-- Gives a member as many places as it can use and the window still needs. They are those from the
-- circuit's fencing number before to the one after.
CREATE FUNCTION claim_places(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  given bigint := least(m.want, free_places(c));
BEGIN
  INSERT INTO places
    SELECT c.id, fence, m.member, now + m."leaseTime", false
    FROM generate_series(c.fence + 1, c.fence + given) AS fence;
  c.fence := c.fence + given;
  RETURN c;
END
$$;
`,
  },
  {
    version: 5,
    name: 'transitions',
    checksum: 'f3cfd925217965d3c2a202ea2f1444e60ce60079dc7f538d3db58e577385eb07',
    sql: `-- How a circuit changes its state.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. They are called by \`exchange\` alone, while it holds the
--               lock of the circuit's row; the caller writes the row. Whoever listens on the channel
--               that is called like the schema hears of every transition on commit, as JSON.

-- Votes and outcomes of the state before need not be touched: they name its epoch.
CREATE FUNCTION enter(c circuits, state text, cause text)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  c.epoch := c.epoch + 1;
  c.state := enter.state;
  c.cause := enter.cause;
  IF c.state = 'CLOSED' THEN
    c.openings := 0;
    c.until := 0;
  END IF;
  c.trial_successes := 0;
  c.trial_failures := 0;
  DELETE FROM places WHERE circuit = c.id;
  RETURN c;
END
$$;

-- Tells subscribers of the circuit's state. Nothing where the name would not fit into a
-- notification: nodes learn of it with their next sync.
CREATE FUNCTION tell(c circuits, now float8) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  payload text := change_of(c, now);
BEGIN
  IF octet_length(payload) < 7900 THEN
    PERFORM pg_notify(current_schema(), payload);
  END IF;
END
$$;

-- Carries an operator's command out; it changes nothing where the circuit is so already.
CREATE FUNCTION obey(c circuits, command text) RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF command = 'reset' THEN
    c.covered := 'CLOSED';
    RETURN enter(c, 'CLOSED', 'reset');
  ELSIF command = 'isolate' AND c.state <> 'ISOLATED' THEN
    -- Test calls that are under way are lost: what was half-open comes back open, with no wait.
    c.covered := CASE c.state WHEN 'CLOSED' THEN 'CLOSED' ELSE 'OPEN' END;
    RETURN enter(c, 'ISOLATED', 'isolate');
  ELSIF command = 'release' AND c.state = 'ISOLATED' THEN
    RETURN enter(c, c.covered, 'release');
  END IF;
  RETURN c;
END
$$;

-- Carries a command or a proposal out.
CREATE FUNCTION carry_out(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF m.command IS NOT NULL THEN
    RETURN obey(c, m.command);
  ELSIF m.propose IS NULL OR NOT is_current(c, m) OR c.state = 'ISOLATED' THEN
    RETURN c;
  ELSIF m.propose ->> 'to' = 'ISOLATED' THEN
    RETURN obey(c, 'isolate');
  END IF;
  c := enter(c, m.propose ->> 'to', m.propose ->> 'cause');
  IF c.state = 'OPEN' THEN
    c.until := now + (m.propose ->> 'wait')::float8;
    c.openings := (m.propose ->> 'openings')::bigint;
  END IF;
  RETURN c;
END
$$;

-- The first test place that is asked for when the wait is over begins the test.
CREATE FUNCTION begin_test(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF c.state <> 'OPEN' OR now < c.until THEN
    RETURN c;
  END IF;
  c := enter(c, 'HALF_OPEN', 'cooldown');
  c.rule := jsonb_build_object('calls', m.rule -> 'calls', 'closeAt', m.rule -> 'closeAt',
    'openAt', m.rule -> 'openAt', 'concurrent', m.rule -> 'concurrent');
  RETURN c;
END
$$;
`,
  },
  {
    version: 6,
    name: 'exchange',
    checksum: '8e7654cb9cd1f19ded5852e12d1f3a63fd28d93007ad36b27b5e8d952b8d2b12',
    sql: `-- The exchange: what nodes call, once for all of their circuits.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below, of which users call \`exchange\` and \`view_circuits\`.

-- messages: an array of messages as nodes send them, at most one a circuit.
-- at:       milliseconds to go by instead of the server's time, which tests alone give.
-- Returns:  an array of replies, in the order of the messages.
-- Changes:  what the messages say; transitions are told on commit, on the channel that is called
--           like the schema.
--
-- Circuits are taken in the order of their names, and of each first its own row, then its members,
-- then its buckets, so that two nodes never wait for each other.
CREATE FUNCTION exchange(messages jsonb, at float8 DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  replies jsonb[] := array_fill(NULL::jsonb, ARRAY[jsonb_array_length(messages)]);
  told record;
BEGIN
  FOR told IN
    SELECT ordinality AS place, jsonb_populate_record(NULL::message, value) AS message
      FROM jsonb_array_elements(messages) WITH ORDINALITY
      ORDER BY value ->> 'circuit' COLLATE "C", ordinality
  LOOP
    replies[told.place] := merge_message(told.message, at);
  END LOOP;
  -- Once in a while is enough, whoever does it.
  IF random() < 0.001 THEN
    PERFORM forget_idle(server_time(at));
  END IF;
  RETURN to_jsonb(replies);
END
$$;

-- Merges one message. The row of the circuit is locked only where the message may change it.
CREATE FUNCTION merge_message(m message, at float8) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c circuits;
  known members;
  seen float8;
  now float8;
BEGIN
  SELECT * INTO c FROM circuits WHERE name = m.circuit;
  IF FOUND THEN
    SELECT * INTO known FROM members WHERE circuit = c.id AND member = m.member;
    -- The time is read after what others saw of it: the other way round, a server that was paused
    -- in between would look as if its clock had been set back.
    seen := last_seen(c);
    now := server_time(at);
    IF seen - now <= 1000 AND NOT must_lock(c, m, known, greatest(seen, now)) THEN
      now := greatest(seen, now);
      PERFORM note_member(c, m, now);
      RETURN reply_to(m, c, now, '{}');
    END IF;
  END IF;
  RETURN merge_locked(lock_circuit(m.circuit, at), m, at);
END
$$;

-- known:   what the member said last; all null for one that is new.
-- Returns: whether the message may change the row of the circuit, is to refresh its time, or changes
--          how many members or votes there are: of those that do so at once, the last one has to
--          hear of all.
CREATE FUNCTION must_lock(c circuits, m message, known members, now float8)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  speaks_of_now boolean := is_current(c, m);
BEGIN
  IF m.ttl <= 0 OR m.command IS NOT NULL OR m.propose IS NOT NULL
    OR now - c.seen_at > 3600000
    OR known.clock IS DISTINCT FROM c.clock OR known.expires_at <= now THEN
    RETURN true;
  ELSIF c.state = 'CLOSED' THEN
    RETURN speaks_of_now AND m.open <> (known.voted IS NOT DISTINCT FROM c.epoch);
  ELSIF c.state = 'OPEN' THEN
    RETURN m.want > 0 AND now >= c.until;
  ELSIF c.state = 'ISOLATED' THEN
    RETURN false;
  END IF;
  RETURN (speaks_of_now AND (m.begun <> '[]' OR m.settled <> '[]'))
    OR EXISTS (SELECT FROM places WHERE circuit = c.id AND expires_at <= now)
    OR (m.want > 0 AND free_places(c) > 0);
END
$$;

-- Returns: the circuit, with its row locked. It is begun anew where nobody has spoken of it yet, or
--          not for 7 days.
CREATE FUNCTION lock_circuit(circuit text, at float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c circuits;
BEGIN
  LOOP
    SELECT * INTO c FROM circuits WHERE name = circuit FOR UPDATE;
    IF FOUND AND NOT is_idle(c, server_time(at)) THEN
      RETURN c;
    ELSIF FOUND THEN
      PERFORM forget(c.id);
    END IF;
    INSERT INTO circuits (name, seen_at) VALUES (circuit, server_time(at)) ON CONFLICT DO NOTHING;
  END LOOP;
END
$$;

-- Merges a message while the row of the circuit is locked.
CREATE FUNCTION merge_locked(c circuits, m message, at float8)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now float8;
  epoch bigint := c.epoch;
  fence bigint := c.fence;
BEGIN
  c := mend_clock(c, last_seen(c), server_time(at));
  now := c.seen_at;
  c := expire_places(c, now);
  IF m.member <> '' THEN
    PERFORM note_member(c, m, now);
    IF c.state = 'HALF_OPEN' AND is_current(c, m) THEN
      c := settle_places(c, m, now);
    END IF;
    IF m.ttl <= 0 THEN
      -- Who leaves gives back what no call has used.
      DELETE FROM places WHERE circuit = c.id AND member = m.member AND NOT begun;
    END IF;
  END IF;
  c := carry_out(c, m, now);
  IF c.epoch > epoch THEN
    PERFORM tell(c, now);
    epoch := c.epoch;
  END IF;
  IF m.want > 0 THEN
    c := begin_test(c, m, now);
    IF c.epoch > epoch THEN
      PERFORM tell(c, now);
    END IF;
    IF c.state = 'HALF_OPEN' THEN
      c := claim_places(c, m, now);
    END IF;
  END IF;
  PERFORM write_circuit(c);
  RETURN reply_to(m, c, now, ARRAY(SELECT generate_series(fence + 1, c.fence)));
END
$$;

-- The time to reckon with, in the circuit's \`seen_at\`. It never steps back; where the server's clock
-- was set back by more than jitter, times follow it.
CREATE FUNCTION mend_clock(c circuits, seen float8, store_now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  back float8 := seen - store_now;
BEGIN
  IF back <= 1000 THEN
    c.seen_at := greatest(seen, store_now);
    RETURN c;
  END IF;
  c.seen_at := store_now;
  c.until := c.until - back;
  -- Members and outcomes of the clock before mean nothing from here.
  c.clock := c.clock + 1;
  UPDATE places SET expires_at = expires_at - back WHERE circuit = c.id;
  RETURN c;
END
$$;

CREATE FUNCTION write_circuit(c circuits) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE circuits SET epoch = c.epoch, state = c.state, cause = c.cause, until = c.until,
    openings = c.openings, covered = c.covered, rule = c.rule,
    trial_successes = c.trial_successes, trial_failures = c.trial_failures, fence = c.fence,
    seen_at = c.seen_at, clock = c.clock
    WHERE id = c.id;
END
$$;

-- Returns: whether nobody has spoken of the circuit for 7 days.
CREATE FUNCTION is_idle(c circuits, now float8) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN now - last_seen(c) > 7 * 86400000::float8;
END
$$;

-- Forgets a circuit whose row is locked, with all that belongs to it.
CREATE FUNCTION forget(circuit_id bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM members WHERE circuit = circuit_id;
  DELETE FROM buckets WHERE circuit = circuit_id;
  DELETE FROM circuits WHERE id = circuit_id;
END
$$;

-- Forgets some of the circuits that nobody has spoken of for 7 days. It waits for nobody.
CREATE FUNCTION forget_idle(now float8) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c circuits;
BEGIN
  FOR c IN
    SELECT * FROM circuits WHERE seen_at < now - 7 * 86400000::float8
      ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
  LOOP
    IF is_idle(c, now) THEN
      PERFORM forget(c.id);
    END IF;
  END LOOP;
END
$$;

-- at:      milliseconds to go by instead of the server's time, which tests alone give.
-- Returns: an array of all circuits, as operators see them. Changes nothing.
CREATE FUNCTION view_circuits(at float8 DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  now float8 := server_time(at);
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg(view_of(c, now) ORDER BY name COLLATE "C")
      FROM circuits AS c WHERE NOT is_idle(c, now)
  ), '[]'::jsonb);
END
$$;

-- Returns: one circuit, as operators see it.
CREATE FUNCTION view_of(c circuits, now float8) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN change_of(c, now) || tally_of(c) || (
    SELECT jsonb_build_object('members', count(*),
      'votes', count(*) FILTER (WHERE voted = c.epoch),
      'memberIds', coalesce(jsonb_agg(member ORDER BY member COLLATE "C"), '[]'))
      FROM members WHERE circuit = c.id AND clock = c.clock AND expires_at > now
  ) || (
    SELECT jsonb_build_object('successes', coalesce(sum(successes), 0),
      'failures', coalesce(sum(failures), 0))
      FROM buckets WHERE circuit = c.id AND clock = c.clock AND epoch = c.epoch
  );
END
$$;
`,
  },
];
