import { cpu } from '@recurra/backend-cpu';
import { expect, it } from 'vitest';
import { longMemoryTable, trainOnAdding } from '../src/long-memory.js';

it('trains both cells on the adding problem, with the same result each time', async () => {
  const backend = await cpu({ threads: 1 });
  const run = { steps: 5, updates: 100, seed: 1, longGates: true } as const;
  for (const cell of ['gru', 'minGru'] as const) {
    const { error } = await trainOnAdding(backend, { ...run, cell });
    // The mean of the two numbers as a prediction has an error of 1/6.
    expect(error).toBeLessThan(0.12);
    expect((await trainOnAdding(backend, { ...run, cell })).error).toBe(error);
  }
  const table = await longMemoryTable(backend, { steps: 4, updates: 2, seeds: 2 });
  expect(table.split('\n').map((line) => line.split('|')[1].trim())).toEqual([
    'cell',
    '---',
    ...['gru', 'minGru', 'gru', 'minGru'].map((name) => `\`${name}\``),
  ]);
  expect(table).toContain('0 of 2 seeds');
  expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  backend.dispose();
});
