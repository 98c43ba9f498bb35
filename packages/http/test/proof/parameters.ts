/** `npm run test:http` asks for the full numbers, which take minutes. */
export const isFull: boolean = process.env['HTTP_PROOF'] === 'full';

/** Runs `work` for each number below `count`, so many at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lanes = Array.from({ length: width }, async () => {
    while (next < count) await work(next++);
  });
  await Promise.all(lanes);
}
