const full = process.env['CRASH_TESTS'] === 'full';

/** The scale of the crash tests: small in `npm test`, full in `npm run test:crash`. */
export const scale = {
  orders: full ? 200 : 30,
  kills: full ? 20 : 4,
  stepMs: 15,
  seed: Number(process.env['CRASH_SEED'] ?? 1),
  timeoutMs: full ? 900_000 : 180_000,
  /** Whether to print the figures. */
  tells: full,
};
