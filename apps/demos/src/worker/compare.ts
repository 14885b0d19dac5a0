/* Trains the same number of steps with the same seed on two backends, and compares the weights. */
import type { NDArray } from '@recurra/core';
import { startSteps } from '../steps.js';
import { createBackend } from './backends.js';
import type { BackendName, Calls, Comparison, StartOptions } from './protocol.js';
import { loadTask } from './tasks.js';

export async function compare(options: Parameters<Calls['compare']>[0]): Promise<Comparison> {
  const one = await trainOn(options.backend, options);
  const other = await trainOn(options.other, options);
  let difference = 0;
  let largest = 0;
  for (const [name, { data }] of Object.entries(one.weights)) {
    data.forEach((value, i) => {
      difference = Math.max(difference, Math.abs(value - other.weights[name].data[i]));
      largest = Math.max(largest, Math.abs(value));
    });
  }
  return { steps: one.steps, devices: [one.device, other.device], difference, largest };
}

/** Each training has its own data, so that samples that change from pass to pass start again. */
async function trainOn(
  name: BackendName,
  options: StartOptions,
): Promise<{ steps: number; device: string; weights: Record<string, NDArray> }> {
  const { task, settings, data } = await loadTask(options);
  const { seed } = options;
  const backend = await createBackend(name);
  try {
    const network = task.model(settings, data).on(backend, { seed });
    for await (const { step } of startSteps(task, settings, data, network, seed)) {
      if (step === task.comparedSteps) break;
    }
    return {
      steps: task.comparedSteps,
      device: backend.device ?? name,
      weights: await network.getWeights(),
    };
  } finally {
    backend.dispose();
  }
}
