// Compiles assembly/ into src/kernels.generated.ts: the modules as base64, and the type of what they export.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../src/kernels.generated.ts', import.meta.url));

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
  '/** With 128-bit SIMD. */',
  `export const SIMD128: string =\n  '${simd128.base64}';`,
  '',
  '/** With relaxed SIMD: multiply and add in one instruction. */',
  `export const RELAXED: string =\n  '${relaxed.base64}';`,
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
      '--importMemory',
    ],
    { writeFile: (name, contents) => outputs.set(name, contents) },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const base64 = Buffer.from(outputs.get('kernels.wasm')).toString('base64');
  return { base64, types: outputs.get('kernels.d.ts') };
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
