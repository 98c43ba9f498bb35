/**
 * What a gate returns instead of a ticket to reject an attempt. It is returned, because throwing the error costs more
 * than the rest of a rejected call.
 */
export class Rejection {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
