import { settle } from '@highway/resilience/testing';

type Listener = (reason: unknown) => void;
interface NodeProcess {
  listeners(event: string): Listener[];
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
}
interface WebHost {
  addEventListener(type: string, listener: (event: RejectionEvent) => void): void;
  removeEventListener(type: string, listener: (event: RejectionEvent) => void): void;
}
interface RejectionEvent {
  readonly reason: unknown;
  preventDefault(): void;
}

/** Runs `work`, and gives the reasons of the rejections that nobody handled. */
export async function unhandledRejections(work: () => unknown): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const stop = listen((reason) => {
    reasons.push(reason);
  });
  try {
    await work();
    // Hosts tell of them after the microtasks; some need another turn for that.
    for (let turn = 0; turn < 3; turn++) await settle();
  } finally {
    stop();
  }
  return reasons;
}

function listen(listener: Listener): () => void {
  const { process } = globalThis as { process?: Partial<NodeProcess> };
  const { Deno } = globalThis as { Deno?: unknown };
  const onProcess = Deno === undefined && typeof process?.listeners === 'function';
  return onProcess ? listenOnProcess(process as NodeProcess, listener) : listenOnGlobal(listener);
}

function listenOnProcess(process: NodeProcess, listener: Listener): () => void {
  const event = 'unhandledRejection';
  // The test runner's own listeners would fail the run.
  const others = process.listeners(event);
  for (const other of others) process.off(event, other);
  process.on(event, listener);
  return () => {
    process.off(event, listener);
    for (const other of others) process.on(event, other);
  };
}

function listenOnGlobal(listener: Listener): () => void {
  const host = globalThis as unknown as WebHost;
  const onEvent = (event: RejectionEvent): void => {
    event.preventDefault();
    listener(event.reason);
  };
  host.addEventListener('unhandledrejection', onEvent);
  return () => {
    host.removeEventListener('unhandledrejection', onEvent);
  };
}
