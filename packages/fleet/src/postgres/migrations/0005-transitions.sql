-- How a circuit changes state.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Only `exchange` calls them, while it holds the lock on
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
