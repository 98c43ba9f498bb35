import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Highway } from '@highway/workflow';

/**
 * A folder with an embedded database that nothing has run on yet. Making one takes seconds, so it is
 * made once on a machine and copied from then on.
 */
export async function embeddedFolder(): Promise<{ folder: string; remove: () => void }> {
  const template = templatePath();
  if (!existsSync(template)) await makeTemplate(template);
  const folder = mkdtempSync(join(tmpdir(), 'highway-workflow-'));
  cpSync(template, folder, { recursive: true });
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Other versions of the database or the engine need a template of their own. */
function templatePath(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(manifest) as { dependencies: unknown };
  const hash = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex');
  return join(tmpdir(), `highway-workflow-template-${hash.slice(0, 12)}`);
}

async function makeTemplate(template: string): Promise<void> {
  const draft = mkdtempSync(join(tmpdir(), 'highway-workflow-draft-'));
  const highway = new Highway({ name: 'template', dataDir: draft });
  await highway.start();
  await highway.stop();
  try {
    renameSync(draft, template);
  } catch (error) {
    // Another process has been quicker.
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
}
