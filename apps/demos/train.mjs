// `node train.mjs PAGE [--seed N] [--set NAME=VALUE] [--folds]`: see src/node/train.ts. Vite runs the
// TypeScript file.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
    folds: { type: 'boolean', default: false },
  },
});
const [page] = positionals;
const folder = new URL(`pages/${page}/`, import.meta.url);
const seed = Number(values.seed);
if (!page || !existsSync(new URL('task.ts', folder)) || !Number.isSafeInteger(seed)) {
  console.error(
    'Usage: npx pnpm demos train PAGE [--seed N] [--set NAME=VALUE] [--folds], where PAGE is a folder in apps/demos/pages',
  );
  process.exit(1);
}
const load = async (url) =>
  (
    await runnerImport(fileURLToPath(url), {
      root: fileURLToPath(new URL('.', import.meta.url)),
      configFile: false,
      logLevel: 'warn',
    })
  ).module;
const [{ train, trainFolds }, { default: task }] = await Promise.all([
  load(new URL('src/node/train.ts', import.meta.url)),
  load(new URL('task.ts', folder)),
]);
const changed = Object.fromEntries(values.set.map((setting) => setting.split('=', 2)));
await (values.folds ? trainFolds : train)(page, task, folder, seed, changed);
