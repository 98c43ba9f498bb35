import { afterAll, beforeAll } from 'vitest';
import type { ServerCounts, Step } from './script.ts';

/** The server, as a test sees it. */
export interface Origin {
  /** Its address; also that of a server that runs outside of the tests. */
  readonly address: string;
  /** A URL that nobody has used yet. The server takes one step for each attempt, and then repeats the last one. */
  url(...steps: Step[]): string;
  /** What arrived at a URL. */
  counts(url: string): Promise<ServerCounts>;
}

/** Where tests cannot start the server themselves, this variable of the global object or the process has its address. */
const variable = 'HIGHWAY_TEST_ORIGIN';

interface Host {
  readonly [variable]?: string;
  readonly process?: { readonly env: Readonly<Record<string, string | undefined>> };
}

let lastId = 0;

/** Makes the server available to the tests of a file. */
export function useOrigin(): Origin {
  let address = '';
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const host = globalThis as Host;
    const given = host[variable] ?? host.process?.env[variable];
    if (given === undefined) {
      const { startOriginServer } = await import('./origin-server.ts');
      ({ address, close } = await startOriginServer());
    } else address = given;
  });
  afterAll(async () => close?.());
  return {
    get address() {
      return address;
    },
    url(...steps) {
      const id = `${String(++lastId)}-${Math.random().toString(36).slice(2)}`;
      return `${address}/script/${id}?steps=${encodeURIComponent(JSON.stringify(steps))}`;
    },
    async counts(url) {
      const id = new URL(url).pathname.split('/')[2]!;
      const response = await fetch(`${address}/counts/${id}`);
      return (await response.json()) as ServerCounts;
    },
  };
}
