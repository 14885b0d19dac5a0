// Compiles assembly/ into src/kernels.generated.ts: the modules as base64, and the type of what they export.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../src/kernels.generated.ts', import.meta.url));

// The flags of a memory with a maximum: https://webassembly.github.io/threads/core/binary/types.html
const [NOT_SHARED, SHARED] = [1, 3];

const simd128 = await compile('simd');
const relaxed = await compile('simd', 'relaxed-simd');

const functions = [...simd128.types.matchAll(/export function (.*;)/g)].map(
  // An object of assembly/ is an address here.
  ([, line]) => `  ${line.replace(/__Record\w+(<\w+>)?/g, 'number')}`,
);
const source = [
  '// Made from assembly/ by scripts/build-wasm.mjs.',
  '',
  '/** What the kernels export; assembly/ says what each does. Addresses and sizes are whole numbers. */',
  'export interface Kernels {',
  ...functions,
  '}',
  '',
  '/** A module, and where its byte is that says whether its memory is shared; it is not. */',
  'export interface Build {',
  '  readonly base64: string;',
  '  readonly sharedAt: number;',
  '}',
  '',
  '/** With 128-bit SIMD. */',
  `export const SIMD128: Build = ${simd128.build};`,
  '',
  '/** With relaxed SIMD: multiply and add in one instruction. */',
  `export const RELAXED: Build = ${relaxed.build};`,
  '',
].join('\n');

if (read(target) !== source) writeFileSync(target, source);

async function compile(...features) {
  const outputs = new Map();
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--baseDir', folder],
      ...['--outFile', 'kernels.wasm', '--bindings', 'raw'],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
      ...features.flatMap((feature) => ['--enable', feature]),
      ...['--enable', 'threads', '--importMemory', '--sharedMemory', '--maximumMemory', '65536'],
    ],
    { writeFile: (name, contents) => outputs.set(name, contents) },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = Buffer.from(outputs.get('kernels.wasm'));
  const sharedAt = bytes.indexOf('\x03env\x06memory\x02', 'latin1') + 12;
  if (bytes[sharedAt] !== SHARED)
    throw new Error('the import of a shared memory is not where it was expected');
  bytes[sharedAt] = NOT_SHARED;
  return {
    build: `{\n  base64:\n    '${bytes.toString('base64')}',\n  sharedAt: ${sharedAt},\n}`,
    types: outputs.get('kernels.d.ts'),
  };
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
