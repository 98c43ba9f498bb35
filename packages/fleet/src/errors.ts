/** What the constructors of this package's errors take in addition to a message. */
export interface FleetErrorOptions {
  /** What led to the error. */
  readonly cause?: unknown;
  /** The circuit that the error is about, if it is about one. */
  readonly circuit?: string | undefined;
}

/** Every code that an error of this package may have. */
export type FleetErrorCode =
  | 'ERR_FLEET_ALREADY_ATTACHED'
  | 'ERR_FLEET_BREAKER'
  | 'ERR_FLEET_INVALID_REPLY'
  | 'ERR_FLEET_LEFT'
  | 'ERR_FLEET_MALFORMED'
  | 'ERR_FLEET_MISSING_PACKAGE'
  | 'ERR_FLEET_NOTICES_LOST'
  | 'ERR_FLEET_NOT_CONNECTED'
  | 'ERR_FLEET_SCHEMA'
  | 'ERR_FLEET_STORE_CLOSED'
  | 'ERR_FLEET_STORE_CONTRACT'
  | 'ERR_FLEET_STORE_TIMEOUT';

// On the prototype, it marks the errors of every copy of this package in the process.
const brand = Symbol.for('@highway/fleet/error');

/**
 * The base of every error that the fleet and its stores create. Errors of the store's client keep
 * their own class, and invalid options throw a `TypeError` or `RangeError` that names the option.
 */
export class FleetError extends Error {
  static {
    this.prototype.name = 'FleetError';
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** The kind of error, for programs: stable, unlike the message. */
  readonly code: FleetErrorCode;
  /** The circuit that the error is about; absent if it is about none, or none is known. */
  declare readonly circuit?: string | undefined;

  constructor(code: FleetErrorCode, message: string, options: FleetErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.circuit !== undefined) this.circuit = options.circuit;
  }
}

/** The store holds something that no fleet writes there. */
export class MalformedStateError extends FleetError {
  static {
    this.prototype.name = 'MalformedStateError';
  }

  constructor(message: string, options?: FleetErrorOptions) {
    super('ERR_FLEET_MALFORMED', message, options);
  }
}

/** Transitions happened that the store sent no notice of. */
export class NoticesLostError extends FleetError {
  static {
    this.prototype.name = 'NoticesLostError';
  }

  constructor(message: string, options?: FleetErrorOptions) {
    super('ERR_FLEET_NOTICES_LOST', message, options);
  }
}

/** The store did not answer in time. */
export class StoreTimeoutError extends FleetError {
  static {
    this.prototype.name = 'StoreTimeoutError';
  }

  constructor(ms: number) {
    super('ERR_FLEET_STORE_TIMEOUT', `The store did not answer within ${String(ms)} ms`);
  }
}

/**
 * Whether the fleet or one of its stores created the error, in any copy of this package in the
 * process. With a code, whether the error also has that code.
 */
export function isFleetError(error: unknown, code?: FleetErrorCode): error is FleetError {
  if (typeof error !== 'object' || error === null) return false;
  try {
    if (!(brand in error)) return false;
    return code === undefined || (error as { readonly code?: unknown }).code === code;
  } catch {
    // A proxy, or an object of a runtime, may throw at any look.
    return false;
  }
}
