-- How a circuit changes its state.
--
-- Arguments:    none. Runs in one transaction with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. They are called by `exchange` alone, while it holds the
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
