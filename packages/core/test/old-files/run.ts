/* What a backend does with old files. Runs in Node and in a page of Chromium. */
import { type ArrayInput, type Backend, type History, loadNetwork, sequential } from '@recurra/core';
import { leaky, oldModels } from './models.js';

/** The files of a model that an earlier release wrote, and what it was trained with. */
export interface OldFiles {
  readonly model: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly x: readonly ArrayInput[];
  readonly y: readonly ArrayInput[];
  readonly seed: number;
}

export interface OldFilesResult {
  /** What the loaded model predicts. */
  readonly output: unknown;
  /** The loss of each step after the checkpoint. */
  readonly losses: readonly number[];
  readonly epochs: History['epochs'];
  /** What the model predicts after the training. */
  readonly after: unknown;
}

/** Loads the model and predicts; then resumes the training from the checkpoint and predicts again. */
export async function runOldFiles(backend: Backend, name: string, files: OldFiles): Promise<OldFilesResult> {
  const { layers, inputShape, options } = oldModels[name];
  const { model, checkpoint, x, y, seed } = files;
  // A stateful network predicts only as many rows as its training batches have.
  const rows = name === 'stateful' ? x.slice(0, options.batchSize) : x;

  const loaded = await loadNetwork(model, backend, { cells: { leaky } });
  const output = await loaded.predict(rows);
  loaded.dispose();

  const network = sequential(layers, { inputShape }).on(backend, { seed });
  const samples = x.map((row, i) => ({ x: row, y: y[i] }));
  const run = network.fit(samples, { ...options, resume: checkpoint });
  const losses: number[] = [];
  for await (const { loss } of run) losses.push(loss);
  const { epochs } = await run.done;
  network.resetStates();
  const after = await network.predict(rows);
  network.dispose();
  return { output, losses, epochs, after };
}
