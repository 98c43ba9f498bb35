// Keeps a report of every public entry point in the packages' `api` folders, so that each change of
// the public API shows in the diff. Fails where a public type uses one that users can't import.
// `--check` writes nothing, and fails where a report is out of date. Needs a build.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { exportedNames } from './lib/exported-names.mjs';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot } from './lib/paths.mjs';
import { publishedFolders, readManifest } from './lib/workspaces.mjs';

/** @typedef {import('@microsoft/api-extractor').ExtractorMessage} ExtractorMessage */

/** @type {typeof import('@microsoft/api-extractor')} */
const { Extractor, ExtractorConfig, ExtractorLogLevel } = createRequire(import.meta.url)(
  '@microsoft/api-extractor',
);
const update = !process.argv.includes('--check');
const temporary = mkdtempSync(`${tmpdir()}/highway-api-`);

/**
 * @param {string} folder of the package, relative to the root
 * @param {string} types the entry point's declaration file, relative to the package
 * @param {string} name of the report
 */
function configure(folder, types, name) {
  const { none, error } = { none: ExtractorLogLevel.None, error: ExtractorLogLevel.Error };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: fromRoot(folder),
      mainEntryPointFilePath: fromRoot(`${folder}/${types}`),
      compiler: { tsconfigFilePath: fromRoot(`${folder}/tsconfig.build.json`) },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: fromRoot(`${folder}/api`),
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: error } },
        extractorMessageReporting: {
          default: { logLevel: error },
          'ae-missing-release-tag': { logLevel: none },
          'ae-undocumented': { logLevel: none },
          'ae-unresolved-link': { logLevel: none },
        },
        tsdocMessageReporting: { default: { logLevel: none } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: fromRoot(`${folder}/package.json`),
  });
}

/**
 * An entry point beside the main one may use the types that users import from there.
 *
 * @param {ExtractorMessage} message
 * @param {Set<string>} mainNames
 * @returns {boolean}
 */
function isExportedElsewhere(message, mainNames) {
  /** @type {string} */
  const id = message.messageId;
  if (id !== 'ae-forgotten-export') return false;
  return mainNames.has(/"([^"]+)"/.exec(message.text)?.[1] ?? '');
}

/**
 * @param {string} folder of the package, relative to the root
 * @returns {string[]} findings
 */
function checkPackage(folder) {
  const { name, exports = {} } = readManifest(folder);
  const mainNames = exportedNames(fromRoot(`${folder}/${exports['.']?.types ?? ''}`));
  /** @type {string[]} */
  const findings = [];
  for (const [subpath, { types }] of Object.entries(exports)) {
    const report = subpath === '.' ? basename(name) : subpath.slice(2).replaceAll('/', '-');
    const result = Extractor.invoke(configure(folder, types, report), {
      localBuild: update,
      messageCallback(message) {
        message.handled = true;
        if (subpath !== '.' && isExportedElsewhere(message, mainNames)) {
          message.logLevel = ExtractorLogLevel.None;
        } else if (message.logLevel === ExtractorLogLevel.Error) {
          findings.push(`${name + subpath.slice(1)}: ${message.formatMessageWithLocation(folder)}`);
        }
      },
    });
    if (result.apiReportChanged && !update) {
      findings.push(`${folder}/api/${report}.api.md: out of date; \`npm run api\` writes it anew`);
    }
  }
  return findings;
}

try {
  reportFindings('public API', publishedFolders().flatMap(checkPackage));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
