-- Trial slots of a half-open circuit.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Only `exchange` calls them. Those that return a circuit
--               need the lock on its row; they change `trial_slots`, and the caller writes the row.

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
-- are those from the circuit's `fence` before, exclusive, to its `fence` after.
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
