import { arch, availableParallelism, cpus, release, type } from 'node:os';
import { type Backend, DeviceError, dense, gru, lstm, type Network, sequential } from '@recurra/core';
import { type Command, Option } from 'commander';
import { relaxedSimd, simd, threads } from 'wasm-feature-detect';
import { backendFactory, backendNames, needsGpu, takesThreads } from '../backends.js';
import { largest } from '../extremes.js';
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
      'say what runs here: the machine, each backend, which kernels are fused, whether the numbers are right, and which backend to use',
    )
    .option('--backend <name...>', 'these backends alone, or modules that make one: ./dist/index.js')
    .option('--units <n>', 'units of the layer that is measured', count, 64)
    .option('--inputs <n>', 'its inputs (default: as many as units)', count)
    .option('--batch <n>', 'rows of a batch', count, 32)
    .option('--steps <n>', 'time steps', count, 32)
    .addOption(new Option('--cell <cell>', 'kind of layer').choices(['lstm', 'gru', 'rnn']).default('lstm'))
    .option('--train', 'measure steps of training, not forward passes', false)
    .option('--seconds <n>', 'how long each backend is measured', count, 2)
    .addHelpText(
      'after',
      '\nThe reference is measured only where --backend names it.' +
        '\nThe exit code is 1 where a backend fails, or its numbers are wrong.',
    )
    .action(examine);
}

async function examine({ backend: named, ...measured }: CommandOptions): Promise<void> {
  // What is no backend at all is told before anything else.
  for (const name of named ?? []) backendFactory(name);
  const processors = cpus();
  const yes = (found: boolean) => (found ? 'yes' : 'no');
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
      if (tell(run, expected.numbers)) right.push(name);
      else process.exitCode = 1;
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (error instanceof MissingPackageError) console.log(`  not here   ${message}`);
      // Not every machine has a GPU.
      else if (error instanceof DeviceError && needsGpu(name)) console.log(`  not here   ${message}`);
      else {
        console.log(`  FAILED     ${kind}: ${message}`);
        process.exitCode = 1;
      }
    }
  }
  const toMeasure = right.filter((name) => named || name !== 'reference').flatMap(variantsOf);
  if (toMeasure.length > 0 && !(await recommend(toMeasure, measured))) process.exitCode ??= 1;
}

/** The ways to make a backend that are worth comparing. */
function variantsOf(name: string): Runnable[] {
  const made = { label: name, create: backendFactory(name, { allowSoftware: true }) };
  if (!takesThreads(name) || availableParallelism() === 1) return [made];
  return [made, { label: `${name}, threads: 'auto'`, create: backendFactory(name, { threads: 'auto' }) }];
}

/** Says what a run showed, and gives whether its numbers are right. */
function tell(
  { device, software, kernels, numbers }: Awaited<ReturnType<typeof sampleRun>>,
  expected: readonly number[],
): boolean {
  console.log(`  runs on    ${device}`);
  if (software) console.log('  software   the CPU does the work of a GPU: to try it out, not to be fast');
  for (const kernel of kernels) console.log(`  ${kernel}`);
  const error = largestDifference(numbers, expected);
  const right = error <= 1e-4;
  console.log(`  numbers    ${right ? 'right' : 'WRONG'}: within ${error.toExponential(1)} of the reference`);
  return right;
}

/** A few steps of training of a small network, and what it then predicts. Disposes of the backend. */
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
    const samples = Array.from({ length: 8 }, (_, row) => ({
      x: Array.from({ length: 11 }, (_, t) =>
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
  return network
    .explain()
    .map(({ layer, way, reason }) => `${layer.padEnd(10)} ${way}${reason ? `: ${reason}` : ''}`);
}

function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  return largest(expected.map((value, i) => Math.abs(actual[i] - value))) / largest(expected.map(Math.abs));
}
