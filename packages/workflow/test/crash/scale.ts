const full = process.env['CRASH_TESTS'] === 'full';

/** How much the crash tests do: little in `npm test`, all in `npm run test:crash`. */
export const scale = {
  orders: full ? 200 : 30,
  kills: full ? 20 : 4,
  stepMs: 15,
  seed: Number(process.env['CRASH_SEED'] ?? 1),
  timeoutMs: full ? 900_000 : 180_000,
  /** Whether the figures are worth telling. */
  tells: full,
};
