/* Archives written by Keras 3, compared with Keras's outputs. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import { type ImportedModel, networkOf, readKerasArchive, runnable } from '@recurra/interop';
import { describe, expect, it } from 'vitest';
import { close, type Numbers, outputsOf, type Recorded } from './support.js';

const folder = new URL('../data/keras3/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.keras'));
const backend = await cpu();

/** Inputs by name, and the outputs that Keras computed for them. */
interface RecordedGraph extends Pick<Recorded, 'outputs'> {
  readonly inputs: Readonly<Record<string, Numbers>>;
}

async function graphOutputs(imported: ImportedModel, { inputs }: RecordedGraph) {
  const model = runnable(networkOf(imported, backend), imported);
  const arrays = Object.entries(inputs).map(
    ([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const,
  );
  const outputs = Object.values(await model.run(Object.fromEntries(arrays)));
  model.dispose();
  return outputs;
}

describe('a .keras archive', () => {
  it('exists for every kind of layer', () => expect(names.length).toBeGreaterThan(10));

  it.each(names)('%s gives the outputs of Keras', async (name) => {
    const recorded = JSON.parse(readFileSync(new URL(name.replace('.keras', '.json'), folder), 'utf8')) as
      | Recorded
      | RecordedGraph;
    const imported = readKerasArchive(readFileSync(new URL(name, folder)));
    const outputs =
      'inputs' in recorded
        ? await graphOutputs(imported, recorded)
        : await outputsOf(imported, backend, recorded.input);
    recorded.outputs.forEach((output, i) => {
      close(outputs[i], output);
    });
  });
});
