-- What a node sends about a circuit, and the reply.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the types `message` and `membership`, and the functions that give the time, the
--               members, a notice and a reply. Only `exchange` calls them; it sets the search path.

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
--          same in `exchange-request.ts`.
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

-- Returns: the trial calls so far, under the key `tally`; an empty object unless it is half-open.
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
