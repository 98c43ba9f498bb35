/**
 * What a gate gives instead of a ticket where it refuses an attempt. Returned, because throwing the
 * error costs more than everything else that a refused call does.
 */
export class Refusal {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
