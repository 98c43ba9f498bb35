/** Is thrown if a value contains something that the journal can't restore unchanged. */
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

/** A path within a value. It becomes a string only if something there can't be stored. */
export interface ValuePath {
  readonly parent: ValuePath | undefined;
  readonly segment: string;
}

/** The error for something at a path that can't be stored. */
export function unstorable(at: ValuePath | undefined, what: string): UnstorableError {
  const segments: string[] = [];
  for (let path = at; path !== undefined; path = path.parent) segments.push(path.segment);
  const path = segments.reverse().join('');
  if (path.length <= longestPath) return new UnstorableError(path, what);
  return new UnstorableError(`${path.slice(0, 80)}…${path.slice(-80)}`, what);
}

const plainKey = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

/** The segment from an object to its property of this name. */
export function keySegment(key: string): string {
  return plainKey.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
