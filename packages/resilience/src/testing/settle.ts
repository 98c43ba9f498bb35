type Host = {
  setImmediate?: (fn: () => void) => unknown;
  MessageChannel?: typeof MessageChannel;
  setTimeout: (fn: () => void, ms: number) => unknown;
  navigator?: { userAgent?: string };
};

const host = globalThis as Host;
// Captured when the module is loaded, so that a test runner's fake timers don't stop the tests.
const { setImmediate: immediate, MessageChannel: Channel, setTimeout: timeout } = host;
// Where there is no setImmediate, browsers hold timers back for milliseconds but not messages;
// workerd hands messages over between microtasks, but has quick timers.
const messages = Channel !== undefined && host.navigator?.userAgent !== 'Cloudflare-Workers';

/**
 * Lets all promises settle that don't depend on time: waits for the next turn of the event loop, which comes after
 * all microtasks.
 */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate !== undefined) immediate(resolve);
    else if (messages) postTo(resolve);
    else timeout(resolve, 0);
  });
}

function postTo(receive: () => void): void {
  const { port1, port2 } = new Channel!();
  port1.onmessage = () => {
    port1.close();
    receive();
  };
  port2.postMessage(undefined);
}
