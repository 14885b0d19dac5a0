// `npx pnpm bench …`: Recurra beside other libraries. Those are installed here, the first time, and nowhere else.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, run, setUp, top } from './setup.mjs';

const args = process.argv.slice(2);
if (!(await setUp())) process.exit(1);
if (
  !['--help', '--list', '--table', '--chart'].some((flag) => args.includes(flag)) &&
  !(await installPeers())
)
  console.error('The bench goes on with those that are there.\n');
process.exitCode = await run(process.execPath, [join(top, 'bench/dist/main.js'), ...args]);

async function installPeers() {
  const folder = join(top, 'bench/peers');
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'pnpm-lock.yaml')))
    .digest('hex');
  const stamp = join(folder, 'node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  // What they need for the CPU is in the packages; their scripts would download more.
  const install = ['install', '--dir', folder, '--ignore-workspace', '--frozen-lockfile', '--ignore-scripts'];
  const env = { ...process.env, CI: 'true' };
  if (!(await quietly('Installing the libraries to compare with (870 MB)', 'pnpm', install, { env })))
    return false;
  writeFileSync(stamp, wanted);
  return true;
}
