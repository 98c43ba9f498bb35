/** Thrown where a value holds something that the journal can't give back as it was. */
export class UnstorableError extends Error {
  static {
    this.prototype.name = 'UnstorableError';
  }

  /** Such as `.items[2].close`; empty for the value itself. */
  readonly path: string;
  readonly what: string;

  constructor(path: string, what: string) {
    super(path === '' ? what : `${what} at ${path}`);
    this.path = path;
    this.what = what;
  }
}

const longestPath = 200;

/** Where in a value somebody is; made into a text only when something is wrong there. */
export interface Place {
  readonly above: Place | undefined;
  readonly step: string;
}

/** Says what is wrong at a place. */
export function unstorable(place: Place | undefined, what: string): UnstorableError {
  const steps: string[] = [];
  for (let at = place; at !== undefined; at = at.above) steps.push(at.step);
  const path = steps.reverse().join('');
  if (path.length <= longestPath) return new UnstorableError(path, what);
  return new UnstorableError(`${path.slice(0, 80)}…${path.slice(-80)}`, what);
}

const plainKey = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

/** The step from an object to what it has under a key. */
export function keyStep(key: string): string {
  return plainKey.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
