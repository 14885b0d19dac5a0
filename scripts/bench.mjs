// `npx pnpm bench …`: compares Recurra with other libraries. The first run installs them, in bench/peers only.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, run, setUp, top } from './setup.mjs';

const args = process.argv.slice(2);
if (!(await setUp())) process.exit(1);
if (
  !['--help', '--list', '--table', '--chart', '--evolution', '--against'].some((flag) =>
    args.includes(flag),
  ) &&
  !(await installPeers())
)
  console.error('The benchmark continues with the libraries that are installed.\n');
process.exitCode = await run(process.execPath, [join(top, 'bench/dist/main.js'), ...args]);

async function installPeers() {
  const folder = join(top, 'bench/peers');
  const current = createHash('sha256')
    .update(readFileSync(join(folder, 'pnpm-lock.yaml')))
    .digest('hex');
  const stamp = join(folder, 'node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === current) return true;
  // --ignore-scripts: the packages have everything that the CPU needs; their scripts would download more.
  const install = ['install', '--dir', folder, '--ignore-workspace', '--frozen-lockfile', '--ignore-scripts'];
  const env = { ...process.env, CI: 'true' };
  if (!(await quietly('Installing the libraries to compare with (870 MB)', 'pnpm', install, { env })))
    return false;
  writeFileSync(stamp, current);
  return true;
}
