/** The library did not do what the case asks for. */
export class DemandFailed extends Error {
  override readonly name = 'DemandFailed';
}

/** Fails the case unless the condition holds; the sentence says what went wrong. */
export function demand(condition: boolean, wentWrong: string): void {
  if (!condition) throw new DemandFailed(wentWrong);
}
