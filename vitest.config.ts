import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { softwareGpu } from './scripts/software-gpu.mjs';

Object.assign(process.env, softwareGpu());

const folders = ['packages', 'apps'].flatMap((group) => {
  return readdirSync(new URL(group, import.meta.url)).map((name) => ({ name, folder: `${group}/${name}` }));
});

export default defineConfig({
  // Packages are found by name in their sources, so that a test needs no build.
  resolve: {
    alias: [
      ...folders.map(({ name, folder }) => ({ find: `@recurra/${name}`, file: `${folder}/src/index.ts` })),
      { find: '@recurra/conformance/(chromium|vitest)', file: 'packages/conformance/src/$1.ts' },
    ].map(({ find, file }) => ({
      find: new RegExp(`^${find}$`),
      replacement: fileURLToPath(new URL(file, import.meta.url)),
    })),
  },
  test: {
    pool: 'forks',
    // Most files keep one core busy.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // With -t, what was asked for and nothing else is listed.
    hideSkippedTests: true,
    projects: [...folders, { name: 'bench', folder: 'bench' }]
      .filter(({ folder }) => existsSync(new URL(`${folder}/test`, import.meta.url)))
      .map(({ name, folder }) => ({
        extends: true as const,
        // There is a bench in apps too.
        test: {
          name: folder === 'apps/bench' ? 'bench-page' : name,
          root: folder,
          include: ['test/**/*.test.ts'],
        },
      })),
  },
});
