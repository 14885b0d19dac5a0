// Installs and builds what is missing or out of date. Fast if nothing is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { softwareGpu } from './software-gpu.mjs';

export const top = fileURLToPath(new URL('..', import.meta.url));
export const cli = join(top, 'apps/cli/dist/main.js');

// The tools are on the PATH, also for turbo, which starts the packages' scripts through pnpm.
process.env.PATH = `${join(top, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;
Object.assign(process.env, {
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
});
// Every process that is started from here finds a GPU.
Object.assign(process.env, softwareGpu());

/** Installs and builds. @returns false if that failed, with the reason printed */
export async function setUp() {
  const lock = readFileSync(join(top, 'pnpm-lock.yaml'));
  const current = createHash('sha256').update(lock).digest('hex');
  // Compares contents, not times: in a fresh checkout every file is new.
  const stamp = join(top, 'node_modules/.installed');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== current) {
    const { packageManager } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
    // CI: pnpm does not ask questions.
    const env = { ...process.env, CI: 'true' };
    const install = ['exec', '--yes', '--', packageManager, 'install', '--frozen-lockfile'];
    if (!(await quietly('Installing the tools', 'npm', install, { env }))) return false;
    writeFileSync(stamp, current);
  }
  return quietly('Building the packages', 'turbo', ['run', 'build', '--output-logs=errors-only']);
}

/** Runs a command on the user's terminal. @returns its exit code */
export function run(command, args, options) {
  // Ctrl-C also reaches the command, which decides how to end.
  process.on('SIGINT', () => {});
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    // These signals may reach only this process.
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Runs a command. @param show is also called with its output as it arrives, and then its stderr is only shown
 * @returns its exit code and its output
 */
export function capture(command, args, { show, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: top, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (data) => {
      output += data;
      show?.(data);
    });
    child.stderr.setEncoding('utf8').on('data', (data) => {
      if (show) show(data);
      else output += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs a command, and prints its output only if it fails. @returns true if it succeeded */
export async function quietly(title, command, args, options) {
  const start = performance.now();
  let announced = false;
  // Short commands print nothing. On stderr, so that it is separate from the output of the command.
  const timer = setTimeout(() => {
    process.stderr.write(`${title} … `);
    announced = true;
  }, 700);
  const { code, output } = await capture(command, args, options);
  clearTimeout(timer);
  if (announced) process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  if (code !== 0) {
    process.stderr.write(`${output}\n${title} failed: ${command} ${args.join(' ')}\n`);
  }
  return code === 0;
}
