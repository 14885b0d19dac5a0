import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { softwareGpu } from './scripts/software-gpu.mjs';

Object.assign(process.env, softwareGpu());

const folders = ['packages', 'apps'].flatMap((group) => {
  return readdirSync(new URL(group, import.meta.url)).map((name) => ({ name, folder: `${group}/${name}` }));
});

/** These take a minute or more; begun last, one of them would keep one core busy while the other has nothing left to do. */
const LONG = [
  'conformance/test/mutants',
  'demos/test/gallery',
  'backend-gpujs/test/chromium',
  'apps/bench/test/page',
  'backend-webgpu/test/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((path) => moduleId.includes(path));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  // Packages are found by name in their sources, so that a test needs no build.
  resolve: {
    alias: [
      ...folders.map(({ name, folder }) => ({ find: `@recurra/${name}`, file: `${folder}/src/index.ts` })),
      { find: '@recurra/([a-z-]+)/([a-z-]+)', file: 'packages/$1/src/$2.ts' },
    ].map(({ find, file }) => ({
      find: new RegExp(`^${find}$`),
      replacement: fileURLToPath(new URL(file, import.meta.url)),
    })),
  },
  test: {
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    // Most files keep one core busy.
    maxWorkers: '100%',
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // What a page shows late on a busy machine is not wrong.
    expect: { poll: { timeout: 60_000 } },
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
          // These many short files would each load the same modules anew.
          isolate: name !== 'core',
          setupFiles:
            name === 'backend-webgpu' ? [`${import.meta.dirname}/scripts/one-gpu-thread/start-here.mjs`] : [],
        },
      })),
  },
});
