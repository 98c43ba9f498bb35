type Host = {
  setImmediate?: (fn: () => void) => unknown;
  MessageChannel?: typeof MessageChannel;
};

// Captured when the module is loaded, so that a test runner's fake timers don't stop the tests.
const { setImmediate: immediate, MessageChannel: Channel } = globalThis as Host;

/**
 * Lets every promise settle that can without time passing: waits for the next turn of the event
 * loop, which comes after all microtasks, however many follow from each other.
 */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate !== undefined) {
      immediate(resolve);
    } else if (Channel !== undefined) {
      const { port1, port2 } = new Channel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    } else {
      throw new Error('settle: this host has neither setImmediate nor MessageChannel');
    }
  });
}
