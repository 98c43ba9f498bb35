import { settle } from '@highway/resilience/testing';

/** Puts a value in a property's place; gives what puts the old one back. */
export function replace(target: object, key: PropertyKey, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, key);
    else Object.defineProperty(target, key, before);
  };
}

/** Runs `work` while the host's `reportError` collects; gives what was reported. */
export async function collectReports(work: () => unknown): Promise<unknown[]> {
  const reports: unknown[] = [];
  const restore = replace(globalThis, 'reportError', (error: unknown) => {
    reports.push(error);
  });
  try {
    await work();
    await settle();
  } finally {
    restore();
  }
  return reports;
}

/** Runs `work` on a host that has no `reportError`, but Node's `process.emitWarning`. */
export async function collectWarnings(work: () => unknown): Promise<unknown[]> {
  const warnings: unknown[] = [];
  const host = globalThis as { process?: object };
  const emitWarning = (warning: unknown): void => {
    warnings.push(warning);
  };
  const restoreReport = replace(globalThis, 'reportError', undefined);
  const restoreWarning =
    host.process === undefined
      ? replace(globalThis, 'process', { emitWarning })
      : replace(host.process, 'emitWarning', emitWarning);
  try {
    await work();
    await settle();
  } finally {
    restoreWarning();
    restoreReport();
  }
  return warnings;
}
