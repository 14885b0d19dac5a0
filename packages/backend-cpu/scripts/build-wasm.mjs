/*
 * Generates the shared definitions of the kernels and their callers (abi.mjs) for both languages. Then
 * compiles assembly/ into src/kernels.generated.ts: the modules as base64, and the type of their exports.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { codes, constants, structs } from './abi.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const { MAX_PAGES, MEMORY_PRIVATE, MEMORY_SHARED } = Object.fromEntries(
  Object.entries(constants).map(([name, [value]]) => [name, value]),
);

const ABI_HEADER = '// Generated from scripts/abi.mjs by scripts/build-wasm.mjs; not to be edited.';

write('assembly/abi.generated.ts', [
  ABI_HEADER,
  ...constantLines(),
  ...codes.flatMap(({ about, enumName, members }) => [
    '',
    `/** ${about} */`,
    `export const enum ${enumName} {`,
    ...members.map((member) => `  ${member},`),
    '}',
  ]),
  ...structs.flatMap(({ about, className, fields }) => [
    '',
    `/** ${about} Arrays are addresses, 0 if absent. */`,
    '@unmanaged',
    `export class ${className} {`,
    ...fields.flatMap(([name, type, about]) => [`  /** ${about} */`, `  ${name}: ${type};`]),
    '}',
  ]),
]);

write('src/abi.generated.ts', [
  ABI_HEADER,
  ...constantLines(),
  ...codes.flatMap(({ about, tableName, members }) => [
    '',
    `/** ${about} */`,
    `export const ${tableName} = {`,
    ...members.map((member, code) => `  ${member}: ${code},`),
    '} as const;',
  ]),
  ...structs.flatMap(({ about, tableName, fields }) => [
    '',
    `/** ${about} The index of each in an array of 32-bit words. */`,
    `export const ${tableName} = {`,
    ...fields.flatMap(([name, , about], index) => [`  /** ${about} */`, `  ${name}: ${index},`]),
    '} as const;',
  ]),
]);

const simd128 = await compile('simd');
const relaxed = await compile('simd', 'relaxed-simd');

write('src/kernels.generated.ts', [
  '// Generated from assembly/ by scripts/build-wasm.mjs; not to be edited.',
  '',
  '/** The functions that the kernels export; assembly/ documents each. Addresses and sizes are whole numbers. */',
  'export interface Kernels {',
  ...[...simd128.types.matchAll(/export function (.*;)/g)].map(
    // An object in AssemblyScript is an address here.
    ([, line]) => `  ${line.replace(/__Record\w+(<\w+>)?/g, 'number')}`,
  ),
  '}',
  '',
  '/** A module, and the offset of the byte with the flags of its memory, which is private unless that byte is changed. */',
  'export interface Build {',
  '  readonly base64: string;',
  '  readonly memoryFlagsOffset: number;',
  '}',
]);

// Each build is a file of its own, so that a page loads only the one that its browser runs.
const builds = {
  simd128: ['With 128-bit SIMD.', simd128.build],
  relaxed: ['With relaxed SIMD: multiply and add in one instruction.', relaxed.build],
};
for (const [name, [about, build]] of Object.entries(builds)) {
  write(`src/kernels-${name}.generated.ts`, [
    '// Generated from assembly/ by scripts/build-wasm.mjs; not to be edited.',
    "import type { Build } from './kernels.generated.js';",
    '',
    `/** ${about} */`,
    `export const build: Build = ${build};`,
  ]);
}

function constantLines() {
  const words = Math.max(...structs.map(({ fields }) => fields.length));
  return Object.entries({
    ...constants,
    TASK_ARGS_BYTES: [4 * words, 'The size of the largest of the structs of arguments.'],
  }).flatMap(([name, [value, about]]) => ['', `/** ${about} */`, `export const ${name} = ${value};`]);
}

async function compile(...features) {
  const outputs = new Map();
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--baseDir', folder],
      ...['--outFile', 'kernels.wasm', '--bindings', 'raw'],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
      ...features.flatMap((feature) => ['--enable', feature]),
      ...['--enable', 'threads', '--importMemory', '--sharedMemory', '--maximumMemory', String(MAX_PAGES)],
    ],
    { writeFile: (name, contents) => outputs.set(name, contents) },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = Buffer.from(outputs.get('kernels.wasm'));
  // The import `env.memory` in the binary format: https://webassembly.github.io/threads/core/binary/types.html
  const memoryFlagsOffset = bytes.indexOf('\x03env\x06memory\x02', 'latin1') + 12;
  if (bytes[memoryFlagsOffset] !== MEMORY_SHARED)
    throw new Error('the import of a shared memory is not where it was expected');
  bytes[memoryFlagsOffset] = MEMORY_PRIVATE;
  return {
    build: `{\n  base64:\n    '${bytes.toString('base64')}',\n  memoryFlagsOffset: ${memoryFlagsOffset},\n}`,
    types: outputs.get('kernels.d.ts'),
  };
}

/**
 * Writes a file of the package if its content changed, because its modification time triggers other builds.
 */
function write(path, lines) {
  const target = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const source = `${lines.join('\n')}\n`;
  if (read(target) !== source) writeFileSync(target, source);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
