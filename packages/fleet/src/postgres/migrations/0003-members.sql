-- Members, their votes and their outcomes: all that a message writes if it changes no numbers.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Only `exchange` calls them.
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
