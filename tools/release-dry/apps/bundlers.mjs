import { portablePackages, program, runCheck } from './program.mjs';

const entry = { 'main.mjs': program('import') + runCheck };

/** @type {readonly import('./index.mjs').App[]} */
export const bundlerApps = [
  {
    name: 'esbuild 0.28.2',
    dependencies: { ...portablePackages, esbuild: '0.28.2' },
    files: entry,
    variants: ['esm', 'cjs', 'iife'].map((format) => ({
      variant: format,
      steps: [
        [
          'esbuild',
          'main.mjs',
          '--bundle',
          '--minify',
          '--platform=neutral',
          `--format=${format}`,
          `--outfile=out/${format}.${format === 'esm' ? 'mjs' : 'cjs'}`,
        ],
        ['node', `out/${format}.${format === 'esm' ? 'mjs' : 'cjs'}`],
      ],
    })),
  },
  {
    name: 'rollup 4.67.4',
    dependencies: {
      ...portablePackages,
      rollup: '4.67.4',
      '@rollup/plugin-node-resolve': '16.0.3',
    },
    files: entry,
    variants: ['es', 'cjs'].map((format) => ({
      variant: format,
      steps: [
        [
          'rollup',
          'main.mjs',
          '--failAfterWarnings',
          '--plugin=node-resolve',
          `--format=${format}`,
          `--file=out/${format}.${format === 'es' ? 'mjs' : 'cjs'}`,
        ],
        ['node', `out/${format}.${format === 'es' ? 'mjs' : 'cjs'}`],
      ],
    })),
  },
  {
    name: 'webpack 5.112.2',
    dependencies: { ...portablePackages, webpack: '5.112.2' },
    files: {
      ...entry,
      'build.mjs': `
import webpack from 'webpack';
webpack(
  {
    mode: 'production',
    target: 'web',
    entry: './main.mjs',
    output: { path: new URL('out', import.meta.url).pathname, filename: 'main.cjs' },
  },
  (error, stats) => {
    if (error || stats.hasErrors() || stats.hasWarnings()) {
      console.error(error ?? stats.toString());
      process.exitCode = 1;
    }
  },
);
`,
    },
    variants: [
      {
        variant: 'web',
        steps: [
          ['node', 'build.mjs'],
          ['node', 'out/main.cjs'],
        ],
      },
    ],
  },
  {
    name: 'vite 7.3.8',
    dependencies: { ...portablePackages, vite: '7.3.8' },
    overrides: { rollup: '4.67.4' },
    files: {
      ...entry,
      'vite.config.mjs': `export default {
  build: { lib: { entry: 'main.mjs', formats: ['es'], fileName: 'main' }, outDir: 'out' },
};\n`,
    },
    variants: [
      {
        variant: 'ESM',
        steps: [
          ['vite', 'build'],
          ['node', 'out/main.js'],
        ],
      },
    ],
  },
];
