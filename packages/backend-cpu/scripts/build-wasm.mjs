// Compiles assembly/ into src/kernels.generated.ts: the module as base64, and the type of what it exports.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../src/kernels.generated.ts', import.meta.url));

const outputs = new Map();
const { error, stderr } = await asc.main(
  [
    'assembly/index.ts',
    ...['--baseDir', folder],
    ...['--outFile', 'kernels.wasm', '--bindings', 'raw'],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd', '--importMemory'],
  ],
  { writeFile: (name, contents) => outputs.set(name, contents) },
);
if (error) {
  console.error(stderr.toString());
  process.exit(1);
}

const functions = [...outputs.get('kernels.d.ts').matchAll(/export function (.*;)/g)].map(
  // An object of assembly/ is an address here.
  ([, line]) => `  ${line.replace(/__Record\w+(<\w+>)?/g, 'number')}`,
);
const base64 = Buffer.from(outputs.get('kernels.wasm')).toString('base64');
const source = [
  '// Made from assembly/ by scripts/build-wasm.mjs.',
  '',
  '/** What the kernels export; assembly/ says what each does. Addresses and sizes are whole numbers. */',
  'export interface Kernels {',
  ...functions,
  '}',
  '',
  `export const WASM_BASE64: string =\n  '${base64}';`,
  '',
].join('\n');

if (read(target) !== source) writeFileSync(target, source);

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
