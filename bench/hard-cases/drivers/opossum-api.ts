import { createRequire } from 'node:module';

/** What the driver uses of opossum, which brings no types along. */
export interface OpossumBreaker {
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly stats: { readonly failures: number };
  fire(...args: unknown[]): Promise<unknown>;
  open(): void;
  close(): void;
  fallback(answer: (...args: unknown[]) => unknown): OpossumBreaker;
  disable(): void;
  toJSON(): { state: object; status: object };
  on(event: string, listener: () => void): void;
}

interface OpossumConstructor {
  new (action: (...args: never[]) => Promise<unknown>, options: object): OpossumBreaker;
  newStatus(options: object): unknown;
}

export const OpossumCircuitBreaker = createRequire(import.meta.url)(
  'opossum',
) as OpossumConstructor;
