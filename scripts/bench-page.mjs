// `npx pnpm bench:page`: serves the built benchmark page, with the headers that threads need.
import { join } from 'node:path';
import { run, setUp, top } from './setup.mjs';

if (!(await setUp())) process.exit(1);
const vite = join(top, 'node_modules/.bin/vite');
process.exitCode = await run(vite, ['preview', ...process.argv.slice(2)], { cwd: join(top, 'apps/bench') });
