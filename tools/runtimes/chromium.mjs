import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { mustRun } from '../lib/run.mjs';

const binary = '/usr/bin/chromium';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Installs Debian's Chromium where it is missing, which takes root. */
async function ensureChromium() {
  if (existsSync(binary)) return;
  if (process.getuid?.() !== 0) throw new Error(`${binary} is missing: install Debian's chromium`);
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, quiet: true };
  await mustRun('apt-get', ['update'], options);
  await mustRun('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], options);
}

/**
 * Serves the tests as a page, and opens it in a headless browser.
 *
 * @param {string} folder of the bundle
 * @param {string} origin the address of the HTTP server
 * @returns {Promise<import('./shim/run-tests.mjs').Report>}
 */
export async function runInChromium(folder, origin) {
  await ensureChromium();
  const server = await serve(folder);
  const profile = mkdtempSync(join(tmpdir(), 'highway-chromium-'));
  const launch = { executablePath: binary, headless: true, args: flags };
  const browser = await chromium.launchPersistentContext(profile, launch);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`${server.url}?origin=${encodeURIComponent(origin)}`);
    await page.waitForFunction('globalThis.report !== undefined');
    return await page.evaluate('globalThis.report');
  } finally {
    await browser.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {Promise<{ url: string, close: () => void }>}
 */
async function serve(folder) {
  const types = { '/page.html': 'text/html', '/tests-in-browsers.mjs': 'text/javascript' };
  const server = createServer(({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const type = Object.entries(types).find(([path]) => path === pathname)?.[1];
    if (type === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': type }).end(readFileSync(folder + pathname));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${String(port)}/page.html`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
