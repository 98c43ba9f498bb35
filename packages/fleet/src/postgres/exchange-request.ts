import { createHash } from 'node:crypto';
import { checkReplyTo } from '../support/damaged-circuits.ts';
import type { Answer } from '../support/damaged-circuits.ts';
import { isQuiet } from '../store.ts';
import type { CircuitMessage, CircuitReply, UnchangedReply, Version } from '../store.ts';

/** The call of the function that merges messages. */
export const exchangeCall = 'exchange($1::jsonb, $2::bigint[], $3::text, $4::jsonb, $5::float8)';

/**
 * Messages in the form that costs the database least. Of quiet ones it compares only digests, and parses
 * the rest only if one of them has to be merged.
 */
export function exchangeValues(
  messages: readonly CircuitMessage[],
  time: number | null,
): readonly unknown[] {
  const quiet = messages.filter(isQuiet);
  return [
    JSON.stringify(messages.filter((message) => !isQuiet(message))),
    `{${quiet.map(digestOf).join()}}`,
    JSON.stringify(detailsOf(quiet)),
    JSON.stringify(lifetimes(messages)),
    time,
  ];
}

/** Validates the answer of the database: what it says to each message. */
export function readAnswer(
  messages: readonly CircuitMessage[],
  given: unknown,
): readonly Answer<CircuitReply | UnchangedReply>[] {
  const answer = Object(given) as Readonly<Record<string, unknown>>;
  const merged = answer['merged'] as readonly unknown[];
  const members = membersByDigest(answer);
  // The replies to full messages come first.
  let full = 0;
  let moved = messages.filter((message) => !isQuiet(message)).length;
  return messages.map((message) => {
    if (!isQuiet(message)) return checkReplyTo(message, merged[full++]);
    const count = members.get(digestOf(message));
    if (count === undefined) return checkReplyTo(message, merged[moved++]);
    const { circuit, version } = message;
    return checkReplyTo(message, { circuit, version, unchanged: true, members: count });
  });
}

function membersByDigest(answer: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const members = words(answer['members']);
  return new Map(words(answer['unchanged']).map((digest, i) => [digest, Number(members[i])]));
}

function words(given: unknown): readonly string[] {
  return given === '' ? [] : String(given).split(' ');
}

interface Digest {
  readonly circuit: string;
  readonly stamp: number | undefined;
  readonly digest: string;
}

/** A node sends the same version again and again. */
const digests = new WeakMap<Version, Digest>();

/** What the database compares: the same as its function `digest_of` of an unchanged circuit. */
function digestOf({ circuit, version, quiet: stamp }: CircuitMessage): string {
  const known = digests.get(version);
  if (known?.circuit === circuit && known.stamp === stamp) return known.digest;
  const named = [version.epoch, stamp, version.generation, circuit].join(' ');
  const digest = String(createHash('sha256').update(named).digest().readBigInt64BE());
  digests.set(version, { circuit, stamp, digest });
  return digest;
}

/** What quiet messages say; most have most of it in common. */
function detailsOf(messages: readonly CircuitMessage[]): object {
  const places = new Map<string, number>();
  const own = messages.map(({ circuit, version, ...message }) => {
    const { successes, failures, ackedSuccesses, ackedFailures, ...rest } = message;
    const key = JSON.stringify({ ...rest, quiet: undefined });
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    const { generation, epoch } = version;
    const totals = [successes, failures, ackedSuccesses, ackedFailures];
    return [circuit, generation, epoch, ...totals, place];
  });
  return { shared: [...places.keys()].map((key) => JSON.parse(key) as unknown), own };
}

/** How long each member's process counts as alive; an operator is not a member. */
function lifetimes(messages: readonly CircuitMessage[]): object {
  // No prototype: an id may be any string.
  const ttls = Object.create(null) as Record<string, number>;
  for (const { member, ttl } of messages) if (member !== '') ttls[member] = ttl;
  return ttls;
}
