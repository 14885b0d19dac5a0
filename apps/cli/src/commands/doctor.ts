import { arch, availableParallelism, cpus, release, type } from 'node:os';
import { type Backend, DeviceError, dense, gru, lstm, type Network, sequential } from '@recurra/core';
import { type Command, Option } from 'commander';
import { relaxedSimd, simd, threads } from 'wasm-feature-detect';
import { backendFactory, backendNames, knownBackend } from '../backends.js';
import { count } from '../options.js';
import { MissingPackageError } from '../packages.js';
import { type Runnable, recommend } from '../recommend.js';

interface CommandOptions {
  backend?: string[];
  units: number;
  inputs?: number;
  batch: number;
  steps: number;
  cell: 'lstm' | 'gru' | 'rnn';
  train: boolean;
  seconds: number;
}

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'show what runs on this machine: each backend, which of its kernels are fused, if its numbers are right, and which backend to use',
    )
    .option('--backend <name...>', 'only these backends, or modules that create one: ./dist/index.js')
    .option('--units <n>', 'units of the layer to measure', count, 64)
    .option('--inputs <n>', 'inputs of the layer (default: as many as units)', count)
    .option('--batch <n>', 'rows of a batch', count, 32)
    .option('--steps <n>', 'time steps', count, 32)
    .addOption(
      new Option('--cell <cell>', 'kind of recurrent layer').choices(['lstm', 'gru', 'rnn']).default('lstm'),
    )
    .option('--train', 'measure training steps, not forward passes', false)
    .option('--seconds <n>', 'seconds to measure each backend', count, 2)
    .addHelpText(
      'after',
      '\nThe reference backend is measured only if --backend names it.' +
        '\nThe exit code is 1 if a backend fails, or its numbers are wrong.',
    )
    .action(examine);
}

async function examine({ backend: named, ...measured }: CommandOptions): Promise<void> {
  // Unknown names are rejected before anything is printed.
  for (const name of named ?? []) backendFactory(name);
  const processors = cpus();
  const yes = (available: boolean) => (available ? 'yes' : 'no');
  console.log(`Node         ${process.version}`);
  console.log(`system       ${type()} ${release()}, ${arch()}`);
  console.log(`processor    ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`);
  const [simple, relaxed, threaded] = await Promise.all([simd(), relaxedSimd(), threads()]);
  console.log(`WebAssembly  SIMD ${yes(simple)}, relaxed SIMD ${yes(relaxed)}, threads ${yes(threaded)}`);

  const expected = await sampleRun(await backendFactory('reference')());
  const right: string[] = [];
  for (const name of named ?? backendNames) {
    console.log(`\n${name}`);
    try {
      const run = await sampleRun(await backendFactory(name, { allowSoftware: true })());
      if (report(run, expected.numbers)) right.push(name);
      else process.exitCode = 1;
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (error instanceof MissingPackageError) console.log(`  missing    ${message}`);
      // Not every machine has a GPU, or a compiled addon.
      else if (error instanceof DeviceError && mayBeMissing(name)) console.log(`  missing    ${message}`);
      else {
        console.log(`  FAILED     ${kind}: ${message}`);
        process.exitCode = 1;
      }
    }
  }
  const toMeasure = right.filter((name) => named || name !== 'reference').flatMap(variantsOf);
  if (toMeasure.length > 0 && !(await recommend(toMeasure, measured))) process.exitCode ??= 1;
}

function mayBeMissing(name: string): boolean {
  const known = knownBackend(name);
  return known?.gpu !== undefined || known?.compiled === true;
}

/** The configurations of a backend that are worth comparing. */
function variantsOf(name: string): Runnable[] {
  const plain = { label: name, create: backendFactory(name, { allowSoftware: true }) };
  if (!knownBackend(name)?.threads || availableParallelism() === 1) return [plain];
  return [plain, { label: `${name}, threads: 1`, create: backendFactory(name, { threads: 1 }) }];
}

/** Prints the result of a run. @returns true if its numbers are right */
function report(
  { device, software, kernels, numbers }: Awaited<ReturnType<typeof sampleRun>>,
  expected: readonly number[],
): boolean {
  console.log(`  runs on    ${device}`);
  if (software) console.log('  software   the GPU is emulated in software: good for a trial, but slow');
  for (const kernel of kernels) console.log(`  ${kernel}`);
  const error = largestDifference(numbers, expected);
  const right = error <= 1e-4;
  console.log(`  numbers    ${right ? 'right' : 'WRONG'}: within ${error.toExponential(1)} of the reference`);
  return right;
}

/** The size of the sample run's batches. */
const SAMPLE = { batch: 8, time: 11 };

/** Trains a small network for a few steps, and predicts with it. Disposes of the backend. */
async function sampleRun(backend: Backend) {
  try {
    const model = sequential(
      [
        lstm({ units: 9, returnSequences: true }),
        gru({ units: 7 }),
        dense({ units: 3, activation: 'softmax' }),
      ],
      { inputShape: [null, 4] },
    );
    const network = model.on(backend, { seed: 1 });
    const samples = Array.from({ length: SAMPLE.batch }, (_, row) => ({
      x: Array.from({ length: SAMPLE.time }, (_, t) =>
        Array.from({ length: 4 }, (_, i) => Math.sin(row + t * (i + 1))),
      ),
      y: row % 3,
    }));
    await network.fit(samples, { loss: 'crossEntropy', optimizer: 'adam', epochs: 5 }).done;
    const prediction = await network.predict(samples.map(({ x }) => x));
    const { device, software } = backend;
    return { device, software, kernels: kernelsOf(network), numbers: [prediction].flat(3) as number[] };
  } finally {
    backend.dispose();
  }
}

function kernelsOf(network: Network): string[] {
  return network.explain(SAMPLE).map(({ layer, implementation, reason, forms = {} }) => {
    const named = Object.entries(forms).map(([pass, form]) => `${pass} ${form}`);
    const details = [...(reason ? [reason] : []), ...named].join(', ');
    return `${layer.padEnd(10)} ${implementation}${details && `: ${details}`}`;
  });
}

function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  const errors = expected.map((value, i) => Math.abs(actual[i] - value));
  return Math.max(...errors) / Math.max(...expected.map(Math.abs));
}
