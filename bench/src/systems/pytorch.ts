/* PyTorch, in a Python that is installed on the machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors, encodeSafetensors } from '@recurra/core/files';
import { threadsOf } from '../format.js';
import { peersFolder } from '../node/host.js';
import { taskSize } from '../scenarios.js';
import { Declined, type Prepared, type System, trainingSteps } from '../system.js';

interface Started {
  readonly version: string;
  readonly runtime: string;
  readonly threads: number;
  /** The name of the GPU, if it runs on one. */
  readonly adapter?: string;
}

/** The first of these that has torch is used. */
const pythons = [...(process.env.PYTHON ? [process.env.PYTHON] : []), 'python3', '/usr/bin/python3'];

export const pytorch = onDevice('cpu');
export const pytorchCuda = onDevice('cuda');

function onDevice(device: 'cpu' | 'cuda'): System {
  return {
    async open(threads) {
      const { ask, started } = await start(device, threads);
      const { version, runtime, adapter } = started;
      if (started.threads !== threads)
        throw new Error(`requested ${threads} threads, but got ${started.threads}`);
      const folder = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
      process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, 'tensors.safetensors');
      return {
        version,
        runtime,
        executor: adapter ? `native, cuDNN on ${adapter}` : `native, ${threadsOf(threads)}`,
        gpu: adapter ? { adapter, software: false } : undefined,
        async prepare({ scenario, weights, x, target }): Promise<Prepared> {
          const { cell, mode, shape, resetAfter = true, outputs } = scenario;
          if (!resetAfter) throw new Declined('its GRU always has resetAfter');
          writeFileSync(file, encodeSafetensors({ ...weights, x, target }));
          await ask({ file, cell, mode, outputs, ...shape, steps: trainingSteps, epochs: taskSize.epochs });
          return {
            async outputs() {
              const { tensors } = decodeSafetensors(readFileSync(file));
              return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
            },
            step: () => ask({ milliseconds: 0 }),
            times: async (milliseconds) => (await ask({ milliseconds })).times ?? [],
          };
        },
      };
    },
  };
}

type Ask = (request: object) => Promise<{ readonly times?: number[] }>;

async function start(device: string, threads: number): Promise<{ ask: Ask; started: Started }> {
  for (const python of pythons) {
    const child = spawn(python, [fileURLToPath(new URL('pytorch.py', peersFolder)), `${threads}`, device], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // Limits the threads of OpenBLAS, too. Threads that wait must not keep a core busy.
      env: {
        ...process.env,
        OPENBLAS_NUM_THREADS: `${threads}`,
        OMP_NUM_THREADS: `${threads}`,
        OMP_WAIT_POLICY: 'PASSIVE',
      },
    });
    const replies = createInterface(child.stdout)[Symbol.asyncIterator]();
    const ended = new Promise<undefined>((resolve) => {
      child.on('error', () => resolve(undefined));
      child.on('close', () => resolve(undefined));
    });
    const first = await Promise.race([replies.next(), ended]);
    if (!first || first.done) continue;
    const ask: Ask = async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await replies.next();
      if (done) throw new Error('python3 ended');
      return JSON.parse(value);
    };
    return { ask, started: JSON.parse(first.value) };
  }
  throw new Declined(`there is no python3 with torch${device === 'cuda' ? ' and CUDA' : ''}`);
}
