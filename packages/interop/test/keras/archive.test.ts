/* Archives written by Keras 3, compared with Keras's outputs. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import { readKerasArchive } from '@recurra/interop';
import { describe, expect, it } from 'vitest';
import { close, outputsOf, type Recorded } from './support.js';

const folder = new URL('../data/keras3/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.keras'));
const backend = await cpu();

describe('a .keras archive', () => {
  it('exists for every kind of layer', () => expect(names.length).toBeGreaterThan(10));

  it.each(names)('%s gives the outputs of Keras', async (name) => {
    const recorded = JSON.parse(
      readFileSync(new URL(name.replace('.keras', '.json'), folder), 'utf8'),
    ) as Recorded;
    const imported = readKerasArchive(readFileSync(new URL(name, folder)));
    const outputs = await outputsOf(imported, backend, recorded.input);
    recorded.outputs.forEach((output, i) => {
      close(outputs[i], output);
    });
  });
});
