import { NotOffered } from './client.ts';
import type { Client, Library } from './client.ts';
import type { HttpCase } from './http-case.ts';

/** What became of a case. */
export type Verdict =
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'not offered' }
  | { readonly outcome: 'fail'; readonly why: string };

const longestMs = 20_000;

/** Runs a case with real servers and real time. */
export async function runCase(library: Library, httpCase: HttpCase): Promise<Verdict> {
  const clients: Client[] = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('the call has not ended after 20 seconds'));
    }, longestMs);
  });
  try {
    const run = httpCase.run((setup = {}) => {
      const client = library.open(setup);
      clients.push(client);
      return client;
    });
    await Promise.race([run, late]);
    return { outcome: 'pass' };
  } catch (error) {
    if (error instanceof NotOffered) return { outcome: 'not offered' };
    return { outcome: 'fail', why: describe(error) };
  } finally {
    clearTimeout(timer);
    for (const client of clients) void client.close().catch(() => undefined);
  }
}

/** One line, without what assertions add. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { actual, expected, generatedMessage } = error as {
    actual?: unknown;
    expected?: unknown;
    generatedMessage?: boolean;
  };
  if (generatedMessage === true && expected !== undefined) {
    return `got ${JSON.stringify(actual)} in place of ${JSON.stringify(expected)}`;
  }
  return error.message.split('\n')[0]!;
}
