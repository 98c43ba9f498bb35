/** Receives the unhandled rejections that its errors cause. */
export interface ErrorOwner {
  /** A promise that the owner didn't create was rejected with its error, and nobody has awaited it. */
  rejected(promise: Promise<unknown>, error: unknown): void;
  /** Someone has awaited the promise after all. */
  handled(promise: Promise<unknown>): void;
}

const owners = new WeakMap<object, ErrorOwner>();
const ownerOfPromise = new WeakMap<Promise<unknown>, ErrorOwner>();
const deepestCause = 8;
let watching = false;

/** Registers an error that is handed to a workflow, whose own async functions may lose it. */
export function setErrorOwner(error: unknown, owner: ErrorOwner): void {
  if (typeof error === 'object' && error !== null) owners.set(error, owner);
}

/**
 * Keeps unhandled rejections from ending the process if their error, or one of its causes, was handed
 * to a workflow; its owner is told instead. Node treats all other rejections as usual. Returns a
 * function that ends this.
 */
export function watchUnhandledRejections(): () => void {
  const onRejection = (reason: unknown, promise: Promise<unknown>): void => {
    const owner = ownerOf(reason);
    if (owner !== undefined) {
      ownerOfPromise.set(promise, owner);
      owner.rejected(promise, reason);
    } else if (process.listenerCount('unhandledRejection') === 1 && !alwaysWarns()) {
      passOn(reason);
    }
  };
  const onHandled = (promise: Promise<unknown>): void => {
    ownerOfPromise.get(promise)?.handled(promise);
  };
  // With a listener, Node does nothing itself. Without this one, it follows its options.
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

/** Waits until Node has reported the promises that were rejected so far, if anyone listens. */
export async function rejectionsReported(): Promise<void> {
  if (watching) await new Promise((resolve) => void setImmediate(resolve));
}

/** Whether Node only warns of unhandled rejections, with or without listeners. */
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
