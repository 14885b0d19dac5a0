import { arch, cpus, release, type } from 'node:os';
import { type Backend, DeviceError, dense, gru, lstm, type Network, sequential } from '@recurra/core';
import type { Command } from 'commander';
import { relaxedSimd, simd, threads } from 'wasm-feature-detect';
import { backendFactory, backendNames, needsGpu } from '../backends.js';
import { largest } from '../extremes.js';
import { MissingPackageError } from '../packages.js';

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'say what runs here: the machine, each backend, which kernels are fused, and whether the numbers are right',
    )
    .option('--backend <name>', 'one backend alone, or a module that makes one: ./dist/index.js')
    .addHelpText('after', '\nThe exit code is 1 where a backend fails, or its numbers are wrong.')
    .action(examine);
}

async function examine({ backend }: { backend?: string }): Promise<void> {
  // What is no backend at all is told before anything else.
  if (backend !== undefined) backendFactory(backend);
  const processors = cpus();
  const yes = (found: boolean) => (found ? 'yes' : 'no');
  console.log(`Node         ${process.version}`);
  console.log(`system       ${type()} ${release()}, ${arch()}`);
  console.log(`processor    ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`);
  const [simple, relaxed, threaded] = await Promise.all([simd(), relaxedSimd(), threads()]);
  console.log(`WebAssembly  SIMD ${yes(simple)}, relaxed SIMD ${yes(relaxed)}, threads ${yes(threaded)}`);

  const expected = await sampleRun(await backendFactory('reference')());
  for (const name of backend === undefined ? backendNames : [backend]) {
    console.log(`\n${name}`);
    try {
      const right = tell(
        await sampleRun(await backendFactory(name, { allowSoftware: true })()),
        expected.numbers,
      );
      if (!right) process.exitCode = 1;
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
}

/** Says what a run showed, and gives whether its numbers are right. */
function tell(
  { device, kernels, numbers }: Awaited<ReturnType<typeof sampleRun>>,
  expected: readonly number[],
): boolean {
  console.log(`  runs on    ${device}`);
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
    return { device: backend.device, kernels: kernelsOf(network), numbers: [prediction].flat(3) as number[] };
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
