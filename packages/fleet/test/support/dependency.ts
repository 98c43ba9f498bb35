import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that processes depend on: counts calls, and fails when the test says so. */
export interface Dependency extends AsyncDisposable {
  readonly url: string;
  sick: boolean;
  /** Nodes for which it always fails. */
  readonly sickFor: Set<string>;
  /** How long it takes to answer, in ms. */
  delayMs: number;
  /** The calls: the node that made each, and the state of its circuit. */
  readonly calls: { readonly node: string; readonly state: string }[];
}

export async function startDependency(): Promise<Dependency> {
  const calls: Dependency['calls'] = [];
  const server = createServer((request, response) => {
    const { 'x-node': node, 'x-state': state } = request.headers;
    calls.push({ node: String(node), state: String(state) });
    const status = dependency.sick || dependency.sickFor.has(String(node)) ? 503 : 200;
    setTimeout(() => response.writeHead(status).end(), dependency.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const dependency: Dependency = {
    url: `http://127.0.0.1:${String(port)}/`,
    sick: false,
    sickFor: new Set(),
    delayMs: 0,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return dependency;
}
