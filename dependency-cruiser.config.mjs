// What `npm run imports` checks: no circles, types included; the tables of who may import whom; and
// that private programs see packages only through their entry points.
import { roomRules } from './tools/imports/rules.mjs';
import { tables } from './tools/imports/tables.mjs';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'programs keep to their folders',
      severity: 'error',
      from: { path: '^(bench|servers|examples/[^/]+)/' },
      to: { dependencyTypes: ['local'], pathNot: '^$1/' },
    },
    ...Object.entries(tables).flatMap(([folder, table]) => roomRules(folder, table)),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['^packages/.*\\.test\\.ts$', '/dist/.*\\.map$'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
