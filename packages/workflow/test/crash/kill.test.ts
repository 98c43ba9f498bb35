import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@highway/resilience/testing';
import { startPostgres } from '@highway/servers';
import { expect, it } from 'vitest';
import { compileProgram } from '../support/program.ts';
import { crashRounds, expectRightEnds } from './crash-rounds.ts';
import { scale } from './scale.ts';

it(
  `survives ${scale.kills} kills under ${scale.orders} workflows: no recorded step runs again, and all come out right`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'highway-crash-'));
    const log = join(folder, 'log');
    writeFileSync(log, '');
    try {
      using program = await compileProgram('crash/worker-program.ts');
      await using postgres = await startPostgres();
      const { orders, stepMs, kills, seed } = scale;
      const own = { worker: 'worker', databaseUrl: postgres.url, concurrency: 20 };
      const plan = { ...own, log, orders, stepMs };
      const report = await crashRounds({ program, plan, kills, random: seededRandom(seed) });
      expect(report.rerun).toEqual([]);
      expectRightEnds(report.ends, report.lines);
      // Kills while nothing is under way would prove nothing.
      expect(report.repeated).toBeGreaterThan(0);
      if (scale.tells) {
        const { recordedAtKills, repeated } = report;
        console.log(
          `${kills} kills under ${orders} workflows, on record at each: ${recordedAtKills.join(', ')}; ` +
            `recorded attempts run again: 0; attempts under way run again: ${repeated}`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  scale.timeoutMs,
);
