import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { callerScope, callScope, InnerScope, Watcher } from './scope.ts';

class Recorder extends Watcher {
  readonly #heard: string[];
  readonly #name: string;
  /** Called when it is told. */
  then: () => void = () => {};

  constructor(heard: string[], name: string) {
    super();
    this.#heard = heard;
    this.#name = name;
  }

  override cancelled(reason: unknown): void {
    const free = this.watching === undefined;
    this.#heard.push(`${this.#name}: ${free ? String(reason) : 'still watching'}`);
    this.then();
  }
}

/** A scope that a policy makes, whose end a test can bring about. */
class Inner extends InnerScope {
  end(): void {
    this.close();
  }
}

/** Notes when its timeouts are switched off and on. */
class Noting extends Inner {
  readonly noted: string[] = [];

  protected override switched(off: boolean): boolean {
    this.noted.push(off ? 'off' : 'on');
    return super.switched(off);
  }
}

function inside(outer: Inner | ReturnType<typeof callerScope>): Inner {
  const scope = new Inner();
  scope.watch(outer);
  return scope;
}

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe("a caller's scope", () => {
  it('is shared by all calls with the same signal', () => {
    const { signal } = new AbortController();
    expect(callerScope(signal)).toBe(callerScope(signal));
    expect(callerScope(signal)).not.toBe(callerScope(new AbortController().signal));
  });

  it('listens once for all its watchers, and only while there are any', () => {
    const { signal } = new AbortController();
    const scope = callerScope(signal);
    const watchers = ['a', 'b', 'c'].map((name) => new Recorder([], name));
    expect(listeners(signal)).toBe(0);
    for (const watcher of watchers) watcher.watch(scope);
    expect(listeners(signal)).toBe(1);
    for (const watcher of watchers) watcher.unwatch();
    expect(listeners(signal)).toBe(0);
    watchers[1]!.watch(scope);
    expect(listeners(signal)).toBe(1);
  });

  it('calls its watchers once, in order, with the reason', () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const scope = callerScope(controller.signal);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new Recorder(heard, name));
    for (const watcher of [a!, b!, c!]) watcher.watch(scope);
    b!.unwatch();
    b!.watch(scope);
    expect(scope.aborted).toBe(false);
    controller.abort('why');
    expect(heard).toEqual(['a: why', 'c: why', 'b: why']);
    expect(scope).toMatchObject({
      aborted: true,
      reason: 'why',
      first: undefined,
      last: undefined,
    });
    expect(listeners(controller.signal)).toBe(0);
  });

  it.each([0, 1, 2])('removes watcher %d of three, and keeps the others', (gone) => {
    const controller = new AbortController();
    const heard: string[] = [];
    const watchers = ['a', 'b', 'c'].map((name) => new Recorder(heard, name));
    for (const watcher of watchers) watcher.watch(callerScope(controller.signal));
    watchers[gone]!.unwatch();
    watchers[gone]!.unwatch();
    controller.abort('x');
    expect(heard).toEqual(['a: x', 'b: x', 'c: x'].filter((_, i) => i !== gone));
  });

  it('does not call a watcher that another one removed meanwhile', () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => new Recorder(heard, name));
    for (const watcher of [a!, b!]) watcher.watch(callerScope(controller.signal));
    a!.then = () => b!.unwatch();
    controller.abort('x');
    expect(heard).toEqual(['a: x']);
  });
});

describe('an inner scope', () => {
  it('creates its signal at the first read, aborted already if it was cancelled', () => {
    const scope = new Inner();
    expect(scope.signal).toBe(scope.signal);
    expect(scope.signal.aborted).toBe(false);
    scope.cancel('first');
    scope.cancel('second');
    expect(scope).toMatchObject({ aborted: true, reason: 'first' });
    expect(scope.signal.reason).toBe('first');
    const unread = new Inner();
    unread.cancel('early');
    expect(unread.signal.aborted).toBe(true);
    expect(unread.signal.reason).toBe('early');
  });

  it('is cancelled with the outer one, and cancels inner ones', () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const outer = inside(callerScope(controller.signal));
    const inner = inside(outer);
    const recorder = new Recorder(heard, 'inmost');
    recorder.watch(inner);
    const { signal } = inner;
    controller.abort('top');
    expect(signal.reason).toBe('top');
    expect(heard).toEqual(['inmost: top']);
    expect(outer.reason).toBe('top');
  });

  it('that a policy cancels does not cancel the outer one', () => {
    const controller = new AbortController();
    const scope = inside(callerScope(controller.signal));
    scope.cancel('policy');
    expect(scope.watching).toBeUndefined();
    expect(listeners(controller.signal)).toBe(0);
    expect(controller.signal.aborted).toBe(false);
  });

  it('is not cancelled any more once the call is over', () => {
    const controller = new AbortController();
    const scope = inside(callerScope(controller.signal));
    const { signal } = scope;
    scope.end();
    scope.end();
    controller.abort();
    expect(signal.aborted).toBe(false);
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe('a disarmed scope', () => {
  it("stays linked to the caller's signal after the end of the call", () => {
    const controller = new AbortController();
    const outer = inside(callerScope(controller.signal));
    const inner = inside(outer);
    const { signal } = inner;
    inner.disarm();
    inner.end();
    outer.end();
    expect(signal.aborted).toBe(false);
    controller.abort('later');
    expect(signal.reason).toBe('later');
    expect(listeners(controller.signal)).toBe(0);
  });

  it('disarms outer ones, too', () => {
    const outer = new Noting();
    inside(outer).disarm();
    expect(outer.noted).toEqual(['off']);
  });

  it('keeps outer ones disarmed until all scopes inside are armed again', () => {
    const outer = new Noting();
    const scopes = [inside(outer), inside(outer)];
    for (const scope of scopes) scope.disarm();
    scopes[0]!.disarm();
    expect(scopes[0]!.rearm()).toBe(false);
    expect(outer.noted).toEqual(['off']);
    scopes[1]!.rearm();
    scopes[1]!.rearm();
    expect(outer.noted).toEqual(['off', 'on']);
  });

  it('disarms the scope whose signal it watches, while that is not closed', () => {
    const outer = new Noting();
    const inner = inside(callScope(outer.signal));
    inner.disarm();
    expect(outer.noted).toEqual(['off']);
    outer.end();
    inner.rearm();
    expect(outer.noted).toEqual(['off']);
  });

  it('links nothing if its signal was never read', () => {
    const controller = new AbortController();
    const scope = inside(callerScope(controller.signal));
    scope.disarm();
    scope.end();
    expect(listeners(controller.signal)).toBe(0);
  });

  it('links nothing if there is no outer caller', () => {
    const outer = new Inner();
    const inner = inside(outer);
    const { signal } = inner;
    inner.disarm();
    inner.end();
    outer.cancel('outer');
    expect(signal.aborted).toBe(false);
  });
});
