/* PyTorch, in a Python of the machine's. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
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
  /** Of a GPU. */
  readonly adapter?: string;
}

/** Asked for in this order; PYTHON names another. */
const pythons = [...(process.env.PYTHON ? [process.env.PYTHON] : []), 'python3', '/usr/bin/python3'];

export const pytorch = onDevice('cpu');
export const pytorchCuda = onDevice('cuda');

function onDevice(device: 'cpu' | 'cuda'): System {
  return {
    async open(threads) {
      const { ask, started } = await start(device, threads);
      if (started.threads !== threads)
        throw new Error(`asked for ${threads} threads, and got ${started.threads}`);
      const folder = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
      process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, 'tensors.safetensors');
      return {
        version: started.version,
        runtime: started.runtime,
        executor: started.adapter ? `native, cuDNN on ${started.adapter}` : `native, ${threadsOf(threads)}`,
        gpu: started.adapter ? { adapter: started.adapter, software: false } : undefined,
        async prepare({ scenario, weights, x, target }): Promise<Prepared> {
          const { cell, mode, shape, resetAfter = true, outputs } = scenario;
          if (!resetAfter) throw new Declined('its GRU has resetAfter');
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
      // OpenBLAS has threads of its own. Those that wait must not keep a core busy.
      env: {
        ...process.env,
        OPENBLAS_NUM_THREADS: `${threads}`,
        OMP_NUM_THREADS: `${threads}`,
        OMP_WAIT_POLICY: 'PASSIVE',
      },
    });
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    const ended = new Promise<undefined>((resolve) => {
      child.on('error', () => resolve(undefined));
      child.on('close', () => resolve(undefined));
    });
    const first = await Promise.race([answers.next(), ended]);
    if (!first || first.done) continue;
    return { ask: asker(child, answers), started: JSON.parse(first.value) };
  }
  throw new Declined(device === 'cuda' ? 'no python3 with torch and CUDA' : 'no python3 with torch');
}

function asker(
  child: ChildProcessByStdio<Writable, Readable, null>,
  answers: AsyncIterator<string, undefined>,
): Ask {
  return async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('python3 ended');
    return JSON.parse(value);
  };
}
