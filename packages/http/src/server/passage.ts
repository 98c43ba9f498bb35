import type { Verdict } from './arrival.ts';
import type { Answer, Entering, Shedder } from './shedder.ts';

/** What load shedding uses of a response of Node. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  once(event: 'close', listener: () => void): unknown;
  setHeader(name: string, value: string): unknown;
  end(): unknown;
}

/** What load shedding uses of a request of Node. */
export interface NodeRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A request of Node's server on its way to its handler. */
export interface Passage {
  readonly entering: Entering;
  readonly response: NodeResponse;
  /** Goes on to the handler. */
  readonly accept: () => void;
  /** Answers in its place. Default: directly. */
  readonly refuse?: (answer: Answer) => void;
}

/** Lets a request of Node's server through, now or later, or answers it. */
export function pass(shedder: Shedder, passage: Passage): void {
  const { entering, response, accept } = passage;
  const visit = shedder.enter(entering);
  if (visit === undefined) {
    accept();
    return;
  }
  const leave = (): void => {
    shedder.leave(visit, response.writableFinished, response.statusCode);
  };
  // The one event that always comes: `finish` does not if the client goes before.
  if (response.destroyed) leave();
  else response.once('close', leave);
  const follow = (verdict: Verdict): void => {
    if (verdict === 'gone' || visit.gone) return;
    if (verdict === 'accepted') accept();
    else refuse(passage, shedder.answer(verdict));
  };
  const verdict = shedder.decide(visit);
  if (typeof verdict === 'string') follow(verdict);
  else void verdict.then(follow);
}

function refuse({ response, refuse: answerBy }: Passage, answer: Answer): void {
  if (response.headersSent) return;
  if (answerBy !== undefined) {
    answerBy(answer);
    return;
  }
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end();
}
