import { createHash } from 'node:crypto';

/** The input of a run of the crash tests: its number. */
export type OrderNumber = number;

/** How the order with a number ends; it depends on nothing else. */
export interface OrderEnd {
  readonly ok: boolean;
  /** Its result, or the message of its error. */
  readonly value: unknown;
  /** The steps that take effect, as `run step`, including child runs and compensations. */
  readonly effects: readonly string[];
}

/** The id of an order's run. */
export function orderId(n: OrderNumber): string {
  return `order-${n}`;
}

/** How many lines the order has, each a run of its own. */
export function linesOf(n: OrderNumber): number[] {
  return n % 4 === 0 ? [n, n + 1] : [];
}

/** Whether an attempt of a step fails, so that there is another: the same in every process. */
export function isFlaky(run: string, step: string, attempt: number): boolean {
  const hash = createHash('sha256').update(`${run} ${step}`).digest();
  return attempt === 1 && hash[0]! % 4 === 0;
}

/** Whether shipping rejects the order, so that it is compensated. */
export function isRejected(n: OrderNumber): boolean {
  return n % 10 === 3;
}

/** The required outcome of an order, however often its process is killed. */
export function endOf(n: OrderNumber): OrderEnd {
  const id = orderId(n);
  const lines = linesOf(n);
  const packed = lines.map((_, i) => `${id}/lines/${i} pack`);
  const before = [`${id} reserve`, `${id} pay`, ...packed];
  if (isRejected(n)) {
    const effects = [...before, `${id} compensate/pay`, `${id} compensate/reserve`];
    return { ok: false, value: `order ${n} is rejected`, effects };
  }
  const value = { hold: n, paid: 2 * n, lines: lines.map((line) => line * 10), label: `to ${n}` };
  return { ok: true, value, effects: [...before, `${id} ship`] };
}
