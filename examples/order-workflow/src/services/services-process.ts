import { onOrder, readPlan, sharedNow, tell, tellAndExit } from '@highway-examples/drill-kit';
import { seededRandom } from '@highway/resilience/testing';
import type { ServicesOrder, ServicesPlan, ServicesReport } from '../messages.ts';
import { unreachable } from '../orders.ts';
import { BankLife } from './bank-life.ts';
import type { Effect } from './effects.ts';
import { Ledger } from './ledger.ts';
import { startService, take } from './service.ts';
import type { Answer, ServiceCall } from './service.ts';

const reportEveryMs = 100;
const quickMs = 5;

const { seed } = readPlan() as ServicesPlan;
const ledger = new Ledger();
const bank = new BankLife(seededRandom(seed));
let startAt = Infinity;

onOrder((order: ServicesOrder) => {
  if (order.type === 'start') startAt = order.startAt;
  else if (order.type === 'phase') bank.phase = order.phase;
  else tellAndExit(news());
});
tell({
  type: 'listening',
  urls: {
    stock: await startService(workOfStock),
    bank: await startService(workOfBank),
    shipping: await startService(workOfShipping),
  },
} satisfies ServicesReport);
setInterval(() => {
  tell(news());
}, reportEveryMs);

async function workOfStock(call: ServiceCall): Promise<Answer> {
  await take(quickMs);
  return done(call);
}

async function workOfBank(call: ServiceCall): Promise<Answer> {
  const { answer, delay } = bank.begin(now());
  try {
    await take(delay);
    return answer === 'ok' ? done(call) : { status: 503, body: { error: answer } };
  } finally {
    bank.end();
  }
}

async function workOfShipping(call: ServiceCall): Promise<Answer> {
  await take(quickMs);
  if (call.order.country !== unreachable) return done(call);
  return { status: 422, body: { error: `no carrier goes to ${unreachable}` } };
}

/** The work is on record even where the caller has died meanwhile. */
function done({ effect, key, order }: ServiceCall): Answer {
  const { repeated } = ledger.enter({ effect: effect as Effect, order: order.id, key, at: now() });
  return { status: 200, body: { id: `${effect} of ${order.id}`, repeated } };
}

function news(): ServicesReport {
  return { type: 'news', calls: bank.takeNews(), entries: ledger.takeNews() };
}

/** Before the drill begins, all is well. */
function now(): number {
  return sharedNow() - startAt;
}
