// Installs and builds what is missing or out of date. Quick when nothing is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { softwareGpu } from './software-gpu.mjs';

export const top = fileURLToPath(new URL('..', import.meta.url));
export const cli = join(top, 'apps/cli/dist/main.js');

// The tools are found by their names, also by turbo, which starts the packages' scripts through pnpm.
process.env.PATH = `${join(top, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;
Object.assign(process.env, {
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
});
// Whatever is started from here finds a GPU.
const gpu = softwareGpu();
Object.assign(process.env, gpu);

/** Makes everything ready to run; false, with the reason told, where it could not. */
export async function setUp() {
  const lock = readFileSync(join(top, 'pnpm-lock.yaml'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  // Contents, not times: a fresh checkout makes every file new.
  const stamp = join(top, 'node_modules/.installed');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const { packageManager } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
    // CI: pnpm asks no question.
    const env = { ...process.env, CI: 'true' };
    const install = ['exec', '--yes', '--', packageManager, 'install', '--frozen-lockfile'];
    if (!(await quietly('Installing the tools', 'npm', install, { env }))) return false;
    writeFileSync(stamp, wanted);
  }
  return quietly('Building the packages', 'turbo', ['run', 'build', '--output-logs=errors-only']);
}

/** Starts this script anew where it has no GPU yet and is to use one itself; true then, and it is done. */
export async function restartedWithGpu() {
  if (Object.keys(gpu).length === 0) return false;
  process.exitCode = await run(process.execPath, process.argv.slice(1));
  return true;
}

/** Runs a command on the user's terminal and gives its exit code. */
export function run(command, args, options) {
  // Ctrl-C reaches the command too, and the command decides how to end.
  process.on('SIGINT', () => {});
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    // These may be sent to this process alone.
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs a command and gives its exit code and its output; `show` also passes stdout on as it comes. */
export function capture(command, args, { show = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: top, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      if (show) process.stdout.write(data);
    });
    child.stderr.on('data', (data) => {
      if (show) process.stderr.write(data);
      else output += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs a command whose output matters only when it fails; false then. */
export async function quietly(title, command, args, options) {
  const start = performance.now();
  let said = false;
  // What takes no time needs no word. On stderr, so that a command's own output stays its own.
  const timer = setTimeout(() => {
    process.stderr.write(`${title} … `);
    said = true;
  }, 700);
  const { code, output } = await capture(command, args, options);
  clearTimeout(timer);
  if (said) process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  if (code !== 0) {
    process.stderr.write(`${output}\n${title} failed: ${command} ${args.join(' ')}\n`);
  }
  return code === 0;
}
