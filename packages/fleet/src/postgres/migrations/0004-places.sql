-- Test places of a half-open circuit.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. They are called by `exchange` alone, and those that
--               give a circuit back hold the lock of its row; they change `places`, and the caller
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
