import { describe, expect, it } from 'vitest';
import { ReadAhead } from './read-ahead.ts';

/** A stream of chunks, and how it was ended. */
function stream(...chunks: string[]) {
  const ended: unknown[] = [];
  return {
    ended,
    [Symbol.asyncIterator]: () => ({
      next: async (): Promise<IteratorResult<string, undefined>> => {
        const value = chunks.shift();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: async (reason?: unknown): Promise<IteratorResult<string, undefined>> => {
        ended.push(reason);
        return { done: true, value: undefined };
      },
    }),
  };
}

async function textOf(taken: Awaited<ReturnType<ReadAhead['take']>>): Promise<string> {
  const chunks: Uint8Array[] = [];
  if (taken instanceof Uint8Array) chunks.push(taken);
  else for await (const chunk of taken) chunks.push(chunk);
  return new Blob(chunks as BlobPart[]).text();
}

describe('a stream that is read ahead', () => {
  it('is the same bytes for each attempt if it fits', async () => {
    const ahead = new ReadAhead(stream('te', 'xt'), 4);
    expect([await textOf(await ahead.take()), await textOf(await ahead.take())]).toEqual([
      'text',
      'text',
    ]);
    expect(ahead.replayable).toBe(true);
  });

  it('goes on as a stream if it does not fit, and is not replayable', async () => {
    const ahead = new ReadAhead(stream('te', 'xt', 's'), 3);
    expect(await textOf(await ahead.take())).toBe('texts');
    expect(ahead.replayable).toBe(false);
  });

  it('is ended if nobody reads the rest, begun or not', async () => {
    for (const begun of [true, false]) {
      const source = stream('te', 'xt', 's');
      const rest = await new ReadAhead(source, 3).take();
      if (rest instanceof Uint8Array) throw new Error('It fits');
      if (begun) await rest.next();
      await rest.return?.();
      expect(source.ended).toHaveLength(1);
    }
  });

  it('is ended with the reason if the call ends while it is read, and only then', async () => {
    const source = stream('text');
    const ahead = new ReadAhead(source, 10);
    ahead.drop('gone');
    ahead.drop('again');
    expect(source.ended).toEqual(['gone']);
    const whole = stream('text');
    const read = new ReadAhead(whole, 10);
    await read.take();
    read.drop('late');
    expect(whole.ended).toEqual([]);
  });
});
