-- The exchange: what nodes call, once for all their circuits.
--
-- Arguments:    none. Runs in one transaction, with the search path set to the store's schema.
-- Results:      none.
-- Side effects: creates the functions below. Users call `exchange` and `view_circuits`.

-- messages: an array of messages as nodes send them, at most one for each circuit.
-- quiet:    the digests of quiet messages.
-- details:  JSON with the content of each quiet message: see `moved_messages`.
-- heard:    an object with the `ttl` of each member that sent a message.
-- at:       the time to use in place of the server's, in ms; only tests pass it.
-- Returns:  `merged`: an array of replies to the messages and then to those quiet ones that had to be
--           merged, each in their order; `unchanged`: the digests of the other quiet ones, in any order,
--           separated by spaces; `members`: for each of them, its circuit's number of members.
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

-- details: see `moved_messages`.
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

-- details: `shared`: an array of fields that many messages have in common; `own`: for each message, its
--          circuit, generation, epoch, `successes`, `failures`, `ackedSuccesses` and `ackedFailures`, and
--          its place in `shared`.
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

-- Sets the circuit's `seen_at` to the time to use. It never goes back by a little; if the server's
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
