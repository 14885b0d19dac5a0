#!/usr/bin/env node
/*
 * Compiles addon/ to build/recurra-PLATFORM-ARCH.node with g++ or clang++: one command line a C++ file, and for the kernels one for
 * each instruction set. What was compiled before from the same sources with the same flags is used again.
 *
 *   --optional     without a compiler, print a line and succeed, except in CI
 *   --sets NAMES   the instruction sets to build, separated by commas; default: all of the architecture, except test sets
 *   --out FOLDER   where to build; default: the package's build
 *   --arch NAME    the architecture of Node to build for, x64 or arm64, if CXX is a cross compiler
 *   --flags TEXT   more flags for compiling and linking, such as those of sanitizers
 *
 * The environment variable CXX names the compiler. scripts/instruction-sets.mjs lists the sets.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setsFor } from './instruction-sets.mjs';

const { values: options } = parseArgs({
  options: {
    optional: { type: 'boolean' },
    sets: { type: 'string' },
    flags: { type: 'string', default: '' },
    out: { type: 'string' },
    arch: { type: 'string', default: process.arch },
  },
});
const folder = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(options.out ?? join(folder, 'build'));
const objects = join(out, 'objects');
const target = join(out, `recurra-${process.platform}-${options.arch}.node`);

const compiler = findCompiler();
if (!compiler) {
  const advice = 'no C++ compiler was found: install one (on Debian: apt-get install g++), or name it in CXX';
  if (!options.optional || process.env.CI) fail(`recurra-build-native: ${advice}`);
  console.log(`The native addon was not built: ${advice}.`);
  process.exit();
}

const sets = setsFor(options.arch, options.sets?.split(','));
const more = options.flags.split(' ').filter(Boolean);
const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
const common = [
  ...['-std=c++20', '-g0', '-fPIC', '-fvisibility=hidden', '-pthread', '-Wall', '-Wextra', '-Wno-psabi'],
  ...['-ffp-contract=fast', '-fno-math-errno', '-fno-trapping-math', `-I${headers}`],
];
const list = sets.map(({ name }) => `SET(${name})`).join('');
const units = [
  ...sources('addon', 'addon/operations').map((file) => ({
    file,
    flags: [...common, '-O2', '-DNAPI_VERSION=8', `-DRECURRA_SETS(SET)=${list}`, ...more],
  })),
  ...sets.flatMap(({ flags, ...set }) =>
    sources('addon/kernels').map((file) => ({
      file,
      // The bits of floats are computed with integers that wrap around.
      flags: [...common, '-O3', '-fwrapv', ...flags, '-fno-exceptions', ...defines(set), ...more],
    })),
  ),
];

for (const unit of units) {
  unit.hash = digest([compiler.version, ...unit.flags, ...withIncluded(join(folder, unit.file))].join('\0'));
  unit.object = join(objects, `${unit.hash}.o`);
}
const linking = [
  '-shared',
  '-pthread',
  ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
  ...more,
];
const hash = digest(`${units.map((unit) => unit.hash).join(' ')} ${linking.join(' ')}`);
const stamp = `${target}.hash`;
if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) process.exit();

mkdirSync(objects, { recursive: true });
const start = performance.now();
const missing = units.filter((unit) => !existsSync(unit.object));
await Promise.all(Array.from({ length: availableParallelism() }, compileMissing));
// Linked elsewhere first: a process may have the old addon loaded.
const linked = `${target}.${process.pid}`;
await run([...units.map((unit) => unit.object), ...linking, '-o', linked]);
renameSync(linked, target);
writeFileSync(stamp, hash);
const current = new Set(units.map((unit) => `${unit.hash}.o`));
for (const name of readdirSync(objects)) if (!current.has(name)) rmSync(join(objects, name));
console.log(
  `Built the native addon (${sets.map(({ name }) => name).join(', ')}) in ${((performance.now() - start) / 1000).toFixed(1)} s`,
);

function findCompiler() {
  for (const command of process.env.CXX ? [process.env.CXX] : ['g++', 'clang++']) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { command, version: `${command} ${stdout}` };
  }
  return undefined;
}

function defines({ name, title, width, vectors, rows }) {
  return [
    `-DRECURRA_SET=${name}`,
    `-DRECURRA_TITLE="${title}"`,
    `-DRECURRA_WIDTH=${width}`,
    `-DRECURRA_TILE_VECTORS=${vectors}`,
    `-DRECURRA_TILE_ROWS=${rows}`,
  ];
}

/** The files of folders of the package, with their paths in it. */
function filesIn(...folders) {
  return folders.flatMap((path) => {
    const names = readdirSync(join(folder, path), { withFileTypes: true });
    return names.filter((entry) => entry.isFile()).map(({ name }) => `${path}/${name}`);
  });
}

function sources(...folders) {
  return filesIn(...folders).filter((file) => file.endsWith('.cpp'));
}

/** The text of a file, and of those of the addon that it includes. */
function withIncluded(path, seen = new Set()) {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  const included = [...text.matchAll(/^#include "(.*)"/gm)].map(([, name]) => join(dirname(path), name));
  return [text, ...included.flatMap((name) => withIncluded(name, seen))];
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Compiles what nobody has begun, until nothing is left. */
async function compileMissing() {
  for (let unit = missing.pop(); unit; unit = missing.pop()) {
    const { file, flags, object } = unit;
    const partial = `${object}.${process.pid}`;
    await run([...flags, '-c', join(folder, file), '-o', partial]);
    renameSync(partial, object);
  }
}

/** Runs the compiler; ends this process with its output if it fails. */
function run(args) {
  return new Promise((resolve) => {
    const child = spawn(compiler.command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('close', (code) => {
      if (code !== 0) fail(`recurra-build-native: this failed: ${compiler.command} ${args.join(' ')}`);
      resolve();
    });
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
