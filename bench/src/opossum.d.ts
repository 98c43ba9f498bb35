declare module 'opossum' {
  /** What the benchmarks use of opossum, which brings no types along. */
  export default class CircuitBreaker<Args extends unknown[], Result> {
    constructor(action: (...args: Args) => Promise<Result>, options?: object);
    fire(...args: Args): Promise<Result>;
    open(): void;
    shutdown(): void;
  }
}
