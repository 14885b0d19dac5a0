/* The held-out scores of a page's trained network, with float32 and with int8 weights. */
import { readFile } from 'node:fs/promises';
import { type Backend, loadNetwork } from '@recurra/core';
import type { Settings, Task } from '../task.js';

/** The network of a page with weights of one type. */
export interface Measured {
  /** The size of the model file in bytes. */
  readonly bytes: number;
  readonly score: number;
}

/** Measures the network that `trained.safetensors` in `folder` has, on all of the task's held-out data. */
export async function measureInt8(
  task: Task,
  folder: URL,
  backend: Backend,
): Promise<{ readonly float32: Measured; readonly int8: Measured }> {
  const settings = { ...task.settings, ...task.recorded } as Settings;
  const data = await task.prepare(await Promise.all(task.files.map((path) => readFile(path))), settings);
  const file = await readFile(new URL('trained.safetensors', folder));
  const network = await loadNetwork(file, backend);
  const quantized = await network.quantize();
  try {
    return {
      float32: {
        bytes: (await network.save()).length,
        score: await task.score.measure(network, data, false),
      },
      int8: {
        bytes: (await quantized.save()).length,
        score: await task.score.measure(quantized, data, false),
      },
    };
  } finally {
    network.dispose();
    quantized.dispose();
  }
}
