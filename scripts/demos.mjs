// `npx pnpm demos`: serves the gallery, and rebuilds its pages as they are changed.
// `npx pnpm demos train PAGE [--seed N] [--set NAME=VALUE]`: trains the weights that a page ships; with `--folds` it
// cross-validates.
import { join } from 'node:path';
import { run, setUp, top } from './setup.mjs';

const [command, ...args] = process.argv.slice(2);
if (!(await setUp())) process.exit(1);
const cwd = join(top, 'apps/demos');
process.exitCode =
  command === 'train'
    ? await run(process.execPath, ['train.mjs', ...args], { cwd })
    : await run(join(top, 'node_modules/.bin/vite'), process.argv.slice(2), { cwd });
