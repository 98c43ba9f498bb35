import { allPackages, program } from './program.mjs';

const test = `${program('import', { server: true })}
test('works', async () => {
  await check();
}, 60_000);
`;

/** @type {readonly import('./index.mjs').App[]} */
export const testRunnerApps = [
  {
    name: 'Jest 30.5.2',
    dependencies: {
      ...allPackages,
      jest: '30.5.2',
      '@babel/plugin-transform-modules-commonjs': '7.29.14',
    },
    files: {
      'esm/works.test.mjs': test,
      'esm/jest.config.mjs': `export default { transform: {}, testMatch: ['**/*.test.mjs'] };\n`,
      'cjs/works.test.js': program('require') + `test('works', check);\n`,
      'cjs/package.json': '{ "type": "commonjs" }',
      // Jest loads what tests require by itself, and knows no ES modules there: Babel translates them.
      'cjs/jest.config.cjs': `module.exports = {
  transform: { '\\\\.js$': ['babel-jest', { plugins: ['@babel/plugin-transform-modules-commonjs'] }] },
  transformIgnorePatterns: ['/node_modules/(?!@highway/)'],
};\n`,
    },
    variants: [
      {
        variant: 'ESM',
        steps: [
          [
            'node',
            '--experimental-vm-modules',
            'node_modules/jest/bin/jest.js',
            '--config=esm/jest.config.mjs',
          ],
        ],
      },
      { variant: 'CommonJS, with Babel', steps: [['jest', '--config=cjs/jest.config.cjs']] },
    ],
  },
  {
    name: 'Vitest 4.1.12',
    dependencies: { ...allPackages, vitest: '4.1.12', vite: '7.3.8' },
    overrides: { rollup: '4.67.4' },
    files: { 'works.test.mjs': `import { test } from 'vitest';\n${test}` },
    variants: [{ variant: 'ESM', steps: [['vitest', 'run']] }],
  },
];
