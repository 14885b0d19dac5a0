import { arch, cpus, release, type } from 'node:os';
import { type Backend, DeviceError, dense, gru, lstm, type Network, sequential } from '@recurra/core';
import type { Command } from 'commander';
import { relaxedSimd, simd, threads } from 'wasm-feature-detect';
import { backendFactory, backendModule, backendNames } from '../backends.js';
import { largest } from '../extremes.js';

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'say what runs here: the machine, each backend, which kernels are fused, and whether the numbers are right',
    )
    .addHelpText('after', '\nThe exit code is 1 where a backend fails, or its numbers are wrong.')
    .action(examine);
}

async function examine(): Promise<void> {
  const processors = cpus();
  const yes = (found: boolean) => (found ? 'yes' : 'no');
  console.log(`Node         ${process.version}`);
  console.log(`system       ${type()} ${release()}, ${arch()}`);
  console.log(`processor    ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`);
  const [simple, relaxed, threaded] = await Promise.all([simd(), relaxedSimd(), threads()]);
  console.log(`WebAssembly  SIMD ${yes(simple)}, relaxed SIMD ${yes(relaxed)}, threads ${yes(threaded)}`);

  const expected = await sampleRun(await backendFactory('reference')());
  for (const name of backendNames) {
    console.log(`\n${name}`);
    try {
      const { device, kernels, numbers } = await sampleRun(
        await backendFactory(name, { allowSoftware: true })(),
      );
      console.log(`  runs on    ${device}`);
      for (const kernel of kernels) console.log(`  ${kernel}`);
      const error = largestDifference(numbers, expected.numbers);
      const right = error <= 1e-4;
      console.log(
        `  numbers    ${right ? 'right' : 'WRONG'}: within ${error.toExponential(1)} of the reference`,
      );
      if (!right) process.exitCode = 1;
    } catch (error) {
      const { name: kind, message } = error as Error;
      // Not every machine has a GPU.
      const { gpu, webgl } = backendModule(name);
      if (error instanceof DeviceError && (gpu || webgl)) console.log(`  not here   ${message}`);
      else {
        console.log(`  FAILED     ${kind}: ${message}`);
        process.exitCode = 1;
      }
    }
  }
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
