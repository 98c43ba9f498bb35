import { Readable } from 'node:stream';
import { resilience } from '@highway/http/undici';
import type { Dispatcher } from 'undici';
import { describe } from 'vitest';
import { clientSuite, streamSuite } from '../support/client-suite.ts';
import type { MakeClient } from '../support/client-suite.ts';

/** A request, with what types of undici do not know. */
export function request(
  dispatcher: Dispatcher,
  url: string,
  more: object = {},
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  return dispatcher.request({ origin, path: pathname + search, method: 'GET', ...more });
}

/** Runs the suite of all clients on a version of undici. */
export function undiciSuite(makeAgent: () => Dispatcher): void {
  const make: MakeClient = (options) => {
    const interceptor = resilience(options);
    const agent = makeAgent().compose(interceptor);
    return {
      stats: () => interceptor.stats(),
      circuits: () => interceptor.circuits(),
      async send(url, more) {
        const { statusCode, body } = await request(agent, url, more);
        return { status: statusCode, body: await body.text() };
      },
    };
  };
  clientSuite(make);
  describe('a Readable', () => {
    streamSuite(make, () => Readable.from([Buffer.from('te'), Buffer.from('xt')]));
  });
  describe('an iterator', () => {
    streamSuite(make, async function* () {
      yield Buffer.from('te');
      yield await Promise.resolve(Buffer.from('xt'));
    });
  });
}
