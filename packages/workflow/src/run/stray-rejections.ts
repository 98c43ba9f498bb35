/** Whoever handed an error out, and wants to hear of promises that reject with it unheard. */
export interface ErrorOwner {
  /** A promise, not the owner's own, was rejected with the error, and nobody has asked for it. */
  rejected(promise: Promise<unknown>, error: unknown): void;
  /** Somebody asks for the promise after all. */
  heard(promise: Promise<unknown>): void;
}

const owners = new WeakMap<object, ErrorOwner>();
const strays = new WeakMap<Promise<unknown>, ErrorOwner>();
const deepestCause = 8;
let watching = false;

/** Notes that this error was handed to a workflow, which may lose it in an async function of its own. */
export function handOut(error: unknown, owner: ErrorOwner): void {
  if (typeof error === 'object' && error !== null) owners.set(error, owner);
}

/**
 * Until what it gives is called, a rejection that nobody has asked for doesn't end the process where
 * its error, or one among its causes, was handed to a workflow. All others go the way that Node has for
 * them.
 */
export function watchStrayRejections(): () => void {
  const onRejection = (reason: unknown, promise: Promise<unknown>): void => {
    const owner = ownerOf(reason);
    if (owner !== undefined) {
      strays.set(promise, owner);
      owner.rejected(promise, reason);
    } else if (process.listenerCount('unhandledRejection') === 1 && !alwaysWarns()) {
      passOn(reason);
    }
  };
  const onHandled = (promise: Promise<unknown>): void => {
    strays.get(promise)?.heard(promise);
  };
  // A listener has Node do nothing by itself. Without this one, it does what it is told to by its options.
  const passOn = (reason: unknown): void => {
    process.off('unhandledRejection', onRejection);
    void Promise.reject(reason);
    setImmediate(() => {
      if (watching) process.on('unhandledRejection', onRejection);
    }).unref();
  };
  watching = true;
  process.on('unhandledRejection', onRejection);
  process.on('rejectionHandled', onHandled);
  return () => {
    watching = false;
    process.off('unhandledRejection', onRejection);
    process.off('rejectionHandled', onHandled);
  };
}

/** Waits until Node has told of the promises that were rejected up to now, where anybody listens. */
export async function rejectionsTold(): Promise<void> {
  if (watching) await new Promise((resolve) => void setImmediate(resolve));
}

/** Whether Node was told to warn of each, listeners or not, and to do no more than that. */
function alwaysWarns(): boolean {
  const options = [process.env['NODE_OPTIONS'] ?? '', ...process.execArgv].join(' ');
  return /.*--unhandled-rejections[= ]([a-z-]+)/.exec(options)?.[1] === 'warn';
}

function ownerOf(reason: unknown): ErrorOwner | undefined {
  let error = reason;
  for (let depth = 0; depth <= deepestCause; depth += 1) {
    if (typeof error !== 'object' || error === null) return undefined;
    const owner = owners.get(error);
    if (owner !== undefined) return owner;
    error = causeOf(error);
  }
  return undefined;
}

function causeOf(error: object): unknown {
  try {
    return (error as { cause?: unknown }).cause;
  } catch {
    return undefined;
  }
}
