/* Model files and checkpoints of an earlier release, of every built-in layer: they load, predict and go on training. */
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { dropout, sequential } from '@recurra/core';
import { describe, expect, it } from 'vitest';
import { oldModels } from './old-files/models.js';
import { near, oldFiles } from './old-files/read.js';
import { runOldFiles } from './old-files/run.js';

describe.each(oldFiles)('$name, from an earlier release', ({ name, files, initial, expected }) => {
  const { layers, inputShape, options } = oldModels[name];
  const { x, y, seed, checkpoint } = files;

  it('starts from the same weights', async () => {
    const network = sequential(layers, { inputShape }).on(await reference(), { seed });
    const weights = Object.entries(await network.getWeights());
    expect(
      Object.fromEntries(weights.map(([key, { shape, data }]) => [key, { shape, data: [...data] }])),
    ).toEqual(initial);
  });

  it('loads, predicts and goes on training, bit for bit', async () => {
    expect(await runOldFiles(await reference(), name, files)).toEqual(expected);
  });

  it('loads, predicts and goes on training within rounding on a float32 backend', async () => {
    const backend = await cpu();
    expect(await runOldFiles(backend, name, files)).toEqual(near(expected));
    backend.dispose();
  });

  it('does not go on as different model', async () => {
    const other = sequential([...layers.slice(0, -1), dropout({ rate: 0.5 }), ...layers.slice(-1)], {
      inputShape,
    });
    const samples = x.map((row, i) => ({ x: row, y: y[i] }));
    const network = other.on(await reference(), { seed });
    expect(() => network.fit(samples, { ...options, resume: checkpoint })).toThrow('different model');
  });
});
