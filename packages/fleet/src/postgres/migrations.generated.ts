// Written by tools/embed-sql.mjs from the files in migrations/. Change those, then run it.
import type { Migration } from './migrate.ts';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'tables',
    checksum: 'f144c2abf152d0e420d7463568a86625649e31d492511f947abcd4fe042f440d',
    sql: `-- What a store holds about each circuit.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the tables \`circuits\`, \`trial_slots\`, \`members\`, \`buckets\`, \`versions\` and
--               \`processes\`.
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
  -- The \`ttl\` of its last message.
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
  -- Of the circuit's name, generation, epoch and stamp: see \`digest_of\`.
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
`,
  },
  {
    version: 2,
    name: 'messages',
    checksum: '6b3466d4422676da4bc0818fcb1b256623fe8cda55d61c54fa70d9b54b686abe',
    sql: `-- What a node sends about a circuit, and the reply.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the types \`message\` and \`membership\`, and the functions that give the time, the
--               members, a notice and a reply. Only \`exchange\` calls them; it sets the search path.

-- The fields have the names that they have in the JSON that nodes send.
CREATE TYPE message AS (
  circuit text,
  member text,
  ttl float8,
  "quietTtl" float8,
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

CREATE TYPE membership AS (
  members bigint,
  votes bigint,
  -- The latest time stored with one of them, and the earliest at which one expires.
  seen_at float8,
  first_expiry float8
);

-- at:      the time to use in its place, in ms; only tests pass it.
-- Returns: the server's time in ms.
CREATE FUNCTION server_time(at float8) RETURNS float8 LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(at, extract(epoch FROM clock_timestamp())::float8 * 1000)
$$;

-- Returns: the latest time stored with the circuit or one of its members.
CREATE FUNCTION last_seen(c circuits) RETURNS float8 LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  latest float8;
BEGIN
  SELECT max(seen_at) INTO latest FROM members WHERE circuit = c.id AND clock = c.clock;
  RETURN greatest(c.seen_at, latest);
END
$$;

-- Returns: the members that are live at a time, and how many of them vote to open.
CREATE FUNCTION membership_of(c circuits, now float8) RETURNS membership LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  live membership;
BEGIN
  SELECT count(*), count(*) FILTER (WHERE voted = c.epoch), max(seen_at), min(expires_at)
    INTO live FROM members WHERE circuit = c.id AND clock = c.clock AND expires_at > now;
  RETURN live;
END
$$;

-- Returns: whether the message is about the state that the circuit is in now.
CREATE FUNCTION is_current(c circuits, m message) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN m.version ->> 'generation' IS NOT DISTINCT FROM c.generation
    AND (m.version ->> 'epoch')::bigint IS NOT DISTINCT FROM c.epoch;
END
$$;

-- Returns: what quiet messages about the circuit contain if it has not changed. The store computes the
--          same in \`exchange-request.ts\`.
CREATE FUNCTION digest_of(c circuits) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  named text := concat_ws(' ', c.epoch, c.stamp, c.generation, c.name);
BEGIN
  RETURN ('x' || encode(substr(sha256(convert_to(named, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint;
END
$$;

-- Returns: the notice that subscribers get of the circuit's state.
CREATE FUNCTION notice_of(c circuits, now float8) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
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

-- Returns: the trial calls so far, under the key \`tally\`; an empty object unless it is half-open.
CREATE FUNCTION tally_of(c circuits) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF c.state <> 'HALF_OPEN' THEN
    RETURN '{}'::jsonb;
  END IF;
  RETURN jsonb_build_object('tally', jsonb_build_object(
    'rule', c.rule,
    'successes', c.trial_successes,
    'failures', c.trial_failures,
    'outstanding', (SELECT count(*) FROM trial_slots WHERE circuit = c.id)));
END
$$;

-- live:    the circuit's members, with the one that sent the message.
-- granted: the trial slots that the message's member was granted.
-- Returns: the reply to the message.
CREATE FUNCTION reply_to(m message, c circuits, live membership, now float8, granted bigint[])
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  pooled record;
  at bigint;
  reply jsonb;
BEGIN
  reply := notice_of(c, now) || tally_of(c) || jsonb_build_object(
    'stamp', c.stamp, 'members', live.members, 'votes', live.votes, 'successes', 0, 'failures', 0,
    'granted', to_jsonb(granted));
  IF m.span = 0 THEN
    RETURN reply;
  END IF;
  at := bucket_at(m.span, now);
  SELECT coalesce(sum(successes), 0) AS successes, coalesce(sum(failures), 0) AS failures
    INTO pooled FROM buckets
    WHERE circuit = c.id AND clock = c.clock AND epoch = c.epoch AND bucket > at - 10
      AND bucket <= at;
  RETURN reply || jsonb_build_object('successes', pooled.successes, 'failures', pooled.failures);
END
$$;

-- Returns: the number of the bucket: tenths of the span since 1970.
CREATE FUNCTION bucket_at(span float8, now float8) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT floor(now / (span / 10))::bigint
$$;
`,
  },
  {
    version: 3,
    name: 'members',
    checksum: 'fc3276a9ded64ac4bd4f08a491caadc3fc7a5d225ed8e855ed45cc52f06c4391',
    sql: `-- Members, their votes and their outcomes: all that a message writes if it changes no numbers.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Only \`exchange\` calls them.
--
-- Those that return nothing need no lock on the row of the circuit: what they write names the epoch
-- and the clock that it belongs to, and counts for no other.

-- Returns: how long the member may be silent: long if the circuit is quiet.
CREATE FUNCTION silence_of(c circuits, m message, votes bigint)
RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE WHEN c.state = 'CLOSED' AND votes = 0 THEN coalesce(m."quietTtl", m.ttl) ELSE m.ttl END;
END
$$;

-- Tells quiet nodes that there is news. The time rather than a counter, because a standby without the
-- latest data would count up to the same numbers again.
CREATE FUNCTION renew_stamp(c circuits) RETURNS circuits LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  c.stamp := greatest(c.stamp + 1, floor(c.seen_at)::bigint);
  RETURN c;
END
$$;

-- Makes quiet members report: if the message finds none, because they may have been lost, and if it is
-- the first vote. In that case, those that have died must not count for long. The caller has locked
-- the row of the circuit and writes it, and has locked no bucket yet: whoever pools outcomes locks a
-- member first.
CREATE FUNCTION call_members(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  live membership := membership_of(c, now);
BEGIN
  IF live.members = 0 THEN
    c := renew_stamp(c);
  END IF;
  IF live.votes = 0 AND c.state = 'CLOSED' AND m.open AND m.ttl > 0 AND is_current(c, m) THEN
    c := renew_stamp(c);
    -- Without a condition on the time: one that is extended now must wait, or be waited for.
    UPDATE members SET expires_at = least(expires_at, now + ttl)
      WHERE circuit = c.id AND clock = c.clock;
  END IF;
  RETURN c;
END
$$;

-- Records that a member is alive until a time, or has left, and how it votes; pools the outcomes since
-- its last message.
CREATE FUNCTION note_member(c circuits, m message, now float8, expires float8)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  is_current_state boolean := is_current(c, m);
  is_new boolean := coalesce(m.version ->> 'generation', '') = '';
BEGIN
  IF c.state = 'CLOSED' AND m.span > 0 AND (is_current_state OR is_new) THEN
    PERFORM pool_outcomes(c, m, now);
  END IF;
  IF m.ttl <= 0 THEN
    DELETE FROM members WHERE circuit = c.id AND member = m.member;
    RETURN;
  END IF;
  INSERT INTO members AS known
    VALUES (c.id, m.member, c.clock, expires, m.ttl,
      CASE WHEN c.state = 'CLOSED' AND is_current_state AND m.open THEN c.epoch END,
      m.successes, m.failures, now)
    ON CONFLICT (circuit, member) DO UPDATE SET
      clock = excluded.clock,
      expires_at = excluded.expires_at,
      ttl = excluded.ttl,
      -- A message about an earlier state leaves the vote as it is.
      voted = CASE
        WHEN c.state <> 'CLOSED' THEN NULL
        WHEN is_current_state THEN excluded.voted
        WHEN known.expires_at > now AND known.clock = c.clock THEN known.voted
      END,
      -- Totals only grow: otherwise a message that arrives out of order would make the next one count
      -- outcomes twice.
      successes = CASE WHEN known.expires_at > now AND known.clock = c.clock
        THEN greatest(known.successes, excluded.successes) ELSE excluded.successes END,
      failures = CASE WHEN known.expires_at > now AND known.clock = c.clock
        THEN greatest(known.failures, excluded.failures) ELSE excluded.failures END,
      seen_at = excluded.seen_at;
END
$$;

-- Drops members that have expired. The caller writes the circuit, which then holds the latest time. It
-- skips locked rows: a member that another transaction writes now is alive.
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

-- Adds the outcomes since a member's last message. Members send totals, not differences, so a
-- duplicate message counts once, and the next message makes up for a lost one.
CREATE FUNCTION pool_outcomes(c circuits, m message, now float8)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  known members;
  at bigint := bucket_at(m.span, now);
  more_successes bigint;
  more_failures bigint;
BEGIN
  -- The lock makes a second message of the same member wait until this one counts, so there must be
  -- a row to lock.
  SELECT * INTO known FROM members WHERE circuit = c.id AND member = m.member FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO members
      VALUES (c.id, m.member, c.clock, now, m.ttl, NULL, m."ackedSuccesses", m."ackedFailures", now)
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

-- Adds outcomes to a bucket. One that belongs to an earlier state starts from zero. Outcomes that
-- belong to an earlier state themselves are dropped.
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
    name: 'trial-slots',
    checksum: 'a6aef9610655f83e030f26e8a8013fc80674f8d4e5ca77630513cd48663e5cf7',
    sql: `-- Trial slots of a half-open circuit.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Only \`exchange\` calls them. Those that return a circuit
--               need the lock on its row; they change \`trial_slots\`, and the caller writes the row.

-- Returns: how many more slots may be granted now; 0 if the trial calls have decided already.
CREATE FUNCTION grantable_slots(c circuits) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF c.trial_successes >= (c.rule ->> 'closeAt')::bigint
    OR c.trial_failures >= (c.rule ->> 'openAt')::bigint THEN
    RETURN 0;
  END IF;
  RETURN greatest(0, least(
    (c.rule ->> 'calls')::bigint - c.trial_successes - c.trial_failures,
    (c.rule ->> 'concurrent')::bigint
  ) - (SELECT count(*) FROM trial_slots WHERE circuit = c.id));
END
$$;

-- Takes back the slots that have expired. A slot that no call used is free again. One whose call had
-- begun is used up and counts as a failure: the dependency did not answer in time.
CREATE FUNCTION expire_slots(c circuits, now float8) RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  failed bigint;
BEGIN
  WITH gone AS (
    DELETE FROM trial_slots WHERE circuit = c.id AND expires_at <= now RETURNING begun
  )
  SELECT count(*) INTO failed FROM gone WHERE begun;
  c.trial_failures := c.trial_failures + failed;
  RETURN c;
END
$$;

-- Records which slots are in use, and their outcomes. Slots that no longer exist are ignored.
CREATE FUNCTION settle_slots(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  outcomes record;
BEGIN
  UPDATE trial_slots SET begun = true, expires_at = now + m."trialTimeout"
    WHERE circuit = c.id AND member = m.member AND NOT begun
      AND fence IN (SELECT value::bigint FROM jsonb_array_elements_text(m.begun));
  WITH settled AS (
    -- If a slot is named twice, the first outcome counts.
    SELECT DISTINCT ON (value -> 'fence')
      (value ->> 'fence')::bigint AS fence, value ->> 'outcome' AS outcome
      FROM jsonb_array_elements(m.settled) WITH ORDINALITY ORDER BY value -> 'fence', ordinality
  ), gone AS (
    DELETE FROM trial_slots USING settled
      WHERE circuit = c.id AND member = m.member AND trial_slots.fence = settled.fence
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

-- Grants a member as many slots as it can use and the trial window still needs. Their fencing numbers
-- are those from the circuit's \`fence\` before, exclusive, to its \`fence\` after.
CREATE FUNCTION claim_slots(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  granted bigint := least(m.want, grantable_slots(c));
BEGIN
  INSERT INTO trial_slots
    SELECT c.id, fence, m.member, now + m."leaseTime", false
    FROM generate_series(c.fence + 1, c.fence + granted) AS fence;
  c.fence := c.fence + granted;
  RETURN c;
END
$$;
`,
  },
  {
    version: 5,
    name: 'transitions',
    checksum: '019df0a6609276e6f12c6b7d25f18bce5d596698336c8f1cf70e0a53c0f5516d',
    sql: `-- How a circuit changes state.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Only \`exchange\` calls them, while it holds the lock on
--               the circuit's row; the caller writes the row. On commit, every transition is sent as
--               JSON to the channel that has the name of the schema.

-- Votes and outcomes of the state before stay as they are: they name its epoch.
CREATE FUNCTION enter(c circuits, state text, cause text)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  c := renew_stamp(c);
  c.epoch := c.epoch + 1;
  c.state := enter.state;
  c.cause := enter.cause;
  IF c.state = 'CLOSED' THEN
    c.openings := 0;
    c.until := 0;
  END IF;
  c.trial_successes := 0;
  c.trial_failures := 0;
  DELETE FROM trial_slots WHERE circuit = c.id;
  RETURN c;
END
$$;

-- Sends subscribers a notice of the circuit's state. If the name does not fit into a notification,
-- it sends none: nodes learn of the transition with their next sync.
CREATE FUNCTION send_notice(c circuits, now float8) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  payload text := notice_of(c, now);
BEGIN
  IF octet_length(payload) < 7900 THEN
    PERFORM pg_notify(current_schema(), payload);
  END IF;
END
$$;

-- Applies an operator's command; does nothing if the circuit is in that state already.
CREATE FUNCTION apply_command(c circuits, command text) RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF command = 'reset' THEN
    c.covered := 'CLOSED';
    RETURN enter(c, 'CLOSED', 'reset');
  ELSIF command = 'isolate' AND c.state <> 'ISOLATED' THEN
    -- Trial calls that are under way are lost: a half-open circuit comes back open, with no wait.
    c.covered := CASE c.state WHEN 'CLOSED' THEN 'CLOSED' ELSE 'OPEN' END;
    RETURN enter(c, 'ISOLATED', 'isolate');
  ELSIF command = 'release' AND c.state = 'ISOLATED' THEN
    RETURN enter(c, c.covered, 'release');
  END IF;
  RETURN c;
END
$$;

-- Applies a command or a proposal.
CREATE FUNCTION apply_request(c circuits, m message, now float8)
RETURNS circuits LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF m.command IS NOT NULL THEN
    RETURN apply_command(c, m.command);
  ELSIF m.propose IS NULL OR NOT is_current(c, m) OR c.state = 'ISOLATED' THEN
    RETURN c;
  ELSIF m.propose ->> 'to' = 'ISOLATED' THEN
    RETURN apply_command(c, 'isolate');
  END IF;
  c := enter(c, m.propose ->> 'to', m.propose ->> 'cause');
  IF c.state = 'OPEN' THEN
    c.until := now + (m.propose ->> 'wait')::float8;
    c.openings := (m.propose ->> 'openings')::bigint;
  END IF;
  RETURN c;
END
$$;

-- The first request for a trial slot after the wait makes the circuit half-open.
CREATE FUNCTION begin_trials(c circuits, m message, now float8)
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
    checksum: '1aeb099a23b806663d7e1dcc7968378bda273bf8c8682d5b7ce77018bb64a4cf',
    sql: `-- The exchange: what nodes call, once for all their circuits.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Users call \`exchange\` and \`view_circuits\`.

-- messages: an array of messages as nodes send them, at most one for each circuit.
-- quiet:    the digests of quiet messages.
-- details:  JSON with the content of each quiet message: see \`moved_messages\`.
-- heard:    an object with the \`ttl\` of each member that sent a message.
-- at:       the time to use in place of the server's, in ms; only tests pass it.
-- Returns:  \`merged\`: an array of replies to the messages and then to those quiet ones that had to be
--           merged, each in their order; \`unchanged\`: the digests of the other quiet ones, in any order,
--           separated by spaces; \`members\`: for each of them, its circuit's number of members.
-- Effects:  merges the messages. On commit, every transition is sent to the channel that has the
--           name of the schema.
--
-- It locks circuits in the order of their names; for each circuit, first its own row, then its
-- members, then its buckets; at the end, processes in the order of their names. So two nodes never
-- deadlock.
CREATE FUNCTION exchange(
  messages jsonb,
  quiet bigint[],
  details text,
  heard jsonb,
  at float8 DEFAULT NULL
) RETURNS jsonb LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  unchanged bigint[] := '{}';
  members bigint[] := '{}';
  silent text[];
BEGIN
  IF quiet <> '{}' THEN
    silent := silent_among(heard, server_time(at));
    SELECT * INTO unchanged, members FROM unchanged_among(
      CASE WHEN silent = '{}' THEN quiet ELSE without_those_of(silent, quiet, details::jsonb) END);
  END IF;
  IF cardinality(unchanged) < cardinality(quiet) THEN
    messages := messages || moved_messages(quiet, unchanged, details::jsonb);
  END IF;
  messages := merge_messages(messages, at);
  PERFORM note_processes(heard, server_time(at));
  -- Now and then is enough, whichever node does it.
  IF random() < 0.001 THEN
    PERFORM delete_idle(server_time(at));
  END IF;
  RETURN jsonb_build_object('merged', messages, 'unchanged', array_to_string(unchanged, ' '),
    'members', array_to_string(members, ' '));
END
$$;

-- Returns: those of the members whose process the store has not heard of lately, or leaves. They may have
--          expired or been lost, so their quiet messages must be merged.
CREATE FUNCTION silent_among(heard jsonb, now float8) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ARRAY(SELECT key FROM jsonb_each_text(heard) WHERE value::float8 <= 0 OR NOT EXISTS (
    SELECT FROM processes WHERE processes.member = key AND expires_at > now));
END
$$;

-- details: see \`moved_messages\`.
-- Returns: the digests of those messages that are not of the given members.
CREATE FUNCTION without_those_of(members text[], quiet bigint[], details jsonb)
RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ARRAY(
    SELECT quiet[i] FROM jsonb_array_elements(details -> 'own') WITH ORDINALITY AS message(own, i)
      WHERE details -> 'shared' -> (own ->> 7)::int ->> 'member' <> ALL (members));
END
$$;

-- Returns: those digests for which there is a circuit, and its number of members.
--
-- It is planned for each call, because the best plans for ten and for a thousand digests differ.
CREATE FUNCTION unchanged_among(quiet bigint[], OUT digests bigint[], OUT members bigint[])
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  SELECT coalesce(array_agg(v.digest), '{}'), coalesce(array_agg(v.members), '{}')
    INTO digests, members FROM versions AS v WHERE v.digest = ANY (quiet);
END
$$;

-- details: \`shared\`: an array of fields that many messages have in common; \`own\`: for each message, its
--          circuit, generation, epoch, \`successes\`, \`failures\`, \`ackedSuccesses\` and \`ackedFailures\`, and
--          its place in \`shared\`.
-- Returns: an array of those messages whose digest is not among the unchanged ones.
CREATE FUNCTION moved_messages(quiet bigint[], unchanged bigint[], details jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg((details -> 'shared' -> (own ->> 7)::int) || jsonb_build_object(
        'circuit', own -> 0,
        'version', jsonb_build_object('generation', own -> 1, 'epoch', own -> 2),
        'successes', own -> 3,
        'failures', own -> 4,
        'ackedSuccesses', own -> 5,
        'ackedFailures', own -> 6) ORDER BY i)
      FROM jsonb_array_elements(details -> 'own') WITH ORDINALITY AS message(own, i)
      WHERE NOT EXISTS (SELECT FROM unnest(unchanged) AS same WHERE same = quiet[i])
  ), '[]');
END
$$;

-- Merges messages. Returns: an array of replies, in their order.
CREATE FUNCTION merge_messages(messages jsonb, at float8) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  replies jsonb[] := array_fill(NULL::jsonb, ARRAY[jsonb_array_length(messages)]);
  entry record;
BEGIN
  FOR entry IN
    SELECT ordinality AS ordinal, jsonb_populate_record(NULL::message, value) AS message
      FROM jsonb_array_elements(messages) WITH ORDINALITY
      ORDER BY value ->> 'circuit' COLLATE "C", ordinality
  LOOP
    replies[entry.ordinal] := merge_message(entry.message, at);
  END LOOP;
  RETURN to_jsonb(replies);
END
$$;

-- Records for how long the processes of members count as alive. Those that leave do not from now on.
CREATE FUNCTION note_processes(heard jsonb, now float8) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO processes
    SELECT key, CASE WHEN value::float8 > 0 THEN now + value::float8 ELSE 0 END
      FROM jsonb_each_text(heard) ORDER BY key COLLATE "C"
    ON CONFLICT (member) DO UPDATE SET expires_at = excluded.expires_at;
END
$$;

-- Merges one message. Locks the row of the circuit only if the message may change it.
CREATE FUNCTION merge_message(m message, at float8) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c circuits;
  known members;
  live membership;
  seen float8;
  now float8;
BEGIN
  SELECT * INTO c FROM circuits WHERE name = m.circuit;
  IF FOUND THEN
    SELECT * INTO known FROM members WHERE circuit = c.id AND member = m.member;
    live := membership_of(c, '-infinity');
    seen := greatest(c.seen_at, live.seen_at);
    -- Read the clock after the stored time: the other way round, a pause in between would look as if
    -- the clock had been set back.
    now := server_time(at);
    IF seen - now <= 1000 AND NOT must_lock(c, m, known, live, greatest(seen, now)) THEN
      RETURN merge_unlocked(c, m, live.votes, greatest(seen, now));
    END IF;
  END IF;
  RETURN merge_locked(lock_circuit(m.circuit, at), m, at);
END
$$;

-- Merges a message that changes neither the row of the circuit nor the number of members or votes.
CREATE FUNCTION merge_unlocked(c circuits, m message, votes bigint, now float8)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  live membership;
BEGIN
  PERFORM note_member(c, m, now, now + silence_of(c, m, votes));
  live := membership_of(c, now);
  IF votes = 0 AND live.votes > 0 THEN
    -- The first vote came before the member's row was locked, and this member missed its call.
    UPDATE members SET expires_at = now + m.ttl WHERE circuit = c.id AND member = m.member;
  END IF;
  RETURN reply_to(m, c, live, now, '{}');
END
$$;

-- known:   the member's row; all null for a new one.
-- live:    the circuit's members, expired ones too.
-- Returns: whether the message may change the row of the circuit, has to refresh its time, or changes
--          the number of members or votes: of concurrent messages that do so, the last one must see
--          the effect of all.
CREATE FUNCTION must_lock(c circuits, m message, known members, live membership, now float8)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  is_current_state boolean := is_current(c, m);
BEGIN
  IF m.ttl <= 0 OR m.command IS NOT NULL OR m.propose IS NOT NULL
    OR now - c.seen_at > 3600000
    OR known.clock IS DISTINCT FROM c.clock OR live.first_expiry <= now
    OR NOT EXISTS (SELECT FROM versions WHERE circuit = c.name AND members = live.members) THEN
    RETURN true;
  ELSIF c.state = 'CLOSED' THEN
    RETURN is_current_state AND m.open <> (known.voted IS NOT DISTINCT FROM c.epoch);
  ELSIF c.state = 'OPEN' THEN
    RETURN m.want > 0 AND now >= c.until;
  ELSIF c.state = 'ISOLATED' THEN
    RETURN false;
  END IF;
  RETURN (is_current_state AND (m.begun <> '[]' OR m.settled <> '[]'))
    OR EXISTS (SELECT FROM trial_slots WHERE circuit = c.id AND expires_at <= now)
    OR (m.want > 0 AND grantable_slots(c) > 0);
END
$$;

-- Returns: the circuit, with its row locked. It is created if there is none, and again if nobody has
--          sent a message about it for 7 days.
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
      PERFORM delete_circuit(c);
    END IF;
    INSERT INTO circuits (name, seen_at) VALUES (circuit, server_time(at)) ON CONFLICT DO NOTHING;
  END LOOP;
END
$$;

-- Merges a message; the row of the circuit is locked.
CREATE FUNCTION merge_locked(c circuits, m message, at float8)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now float8;
  epoch bigint := c.epoch;
  fence bigint := c.fence;
  live membership;
BEGIN
  c := adjust_clock(c, last_seen(c), server_time(at));
  now := c.seen_at;
  c := expire_slots(c, now);
  PERFORM drop_members(c, now);
  IF m.member <> '' THEN
    c := call_members(c, m, now);
    PERFORM note_member(c, m, now, now + m.ttl);
    IF c.state = 'HALF_OPEN' AND is_current(c, m) THEN
      c := settle_slots(c, m, now);
    END IF;
    IF m.ttl <= 0 THEN
      -- A member that leaves returns the slots that no call has used.
      DELETE FROM trial_slots WHERE circuit = c.id AND member = m.member AND NOT begun;
    END IF;
  END IF;
  c := apply_request(c, m, now);
  IF c.epoch > epoch THEN
    PERFORM send_notice(c, now);
    epoch := c.epoch;
  END IF;
  IF m.want > 0 THEN
    c := begin_trials(c, m, now);
    IF c.epoch > epoch THEN
      PERFORM send_notice(c, now);
    END IF;
    IF c.state = 'HALF_OPEN' THEN
      c := claim_slots(c, m, now);
    END IF;
  END IF;
  live := membership_of(c, now);
  -- Not before: it depends on everything that the message causes.
  UPDATE members SET expires_at = now + silence_of(c, m, live.votes)
    WHERE circuit = c.id AND member = m.member;
  PERFORM write_circuit(c, live.members);
  RETURN reply_to(m, c, live, now, ARRAY(SELECT generate_series(fence + 1, c.fence)));
END
$$;

-- Sets the circuit's \`seen_at\` to the time to use. It never goes back by a little; if the server's
-- clock was set back by more than jitter, stored times move with it.
CREATE FUNCTION adjust_clock(c circuits, seen float8, store_now float8)
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
  -- Members and outcomes of the clock before no longer count.
  c.clock := c.clock + 1;
  UPDATE trial_slots SET expires_at = expires_at - back WHERE circuit = c.id;
  RETURN c;
END
$$;

-- members: the number of its members.
CREATE FUNCTION write_circuit(c circuits, members bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE circuits SET epoch = c.epoch, stamp = c.stamp, state = c.state, cause = c.cause, until = c.until,
    openings = c.openings, covered = c.covered, rule = c.rule,
    trial_successes = c.trial_successes, trial_failures = c.trial_failures, fence = c.fence,
    seen_at = c.seen_at, clock = c.clock
    WHERE id = c.id;
  INSERT INTO versions VALUES (c.name, digest_of(c), write_circuit.members)
    ON CONFLICT (circuit) DO UPDATE SET digest = excluded.digest, members = excluded.members;
END
$$;

-- Returns: whether nobody has sent a message about the circuit for 7 days.
CREATE FUNCTION is_idle(c circuits, now float8) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN now - last_seen(c) > 7 * 86400000::float8;
END
$$;

-- Deletes a circuit whose row is locked, with all that belongs to it.
CREATE FUNCTION delete_circuit(c circuits) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM members WHERE circuit = c.id;
  DELETE FROM buckets WHERE circuit = c.id;
  DELETE FROM circuits WHERE id = c.id;
END
$$;

-- Deletes some of the circuits that have been idle for 7 days, and what is left of processes that have
-- ended. It skips locked rows.
CREATE FUNCTION delete_idle(now float8) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c circuits;
BEGIN
  FOR c IN
    SELECT * FROM circuits WHERE seen_at < now - 7 * 86400000::float8
      ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
  LOOP
    IF is_idle(c, now) THEN
      PERFORM delete_circuit(c);
    END IF;
  END LOOP;
  DELETE FROM processes WHERE member = ANY (ARRAY(
    SELECT member FROM processes WHERE expires_at <= now - 3600000 FOR UPDATE SKIP LOCKED));
END
$$;

-- at:      the time to use in place of the server's, in ms; only tests pass it.
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
  RETURN notice_of(c, now) || tally_of(c) || (
    SELECT jsonb_build_object('members', count(*),
      'votes', count(*) FILTER (WHERE voted = c.epoch),
      'memberIds', coalesce(jsonb_agg(member ORDER BY member COLLATE "C"), '[]'))
      FROM members JOIN processes USING (member)
      WHERE circuit = c.id AND clock = c.clock AND members.expires_at > now
        AND processes.expires_at > now
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
