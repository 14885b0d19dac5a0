/* The programs of the guides, with smaller numbers. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import * as core from '@recurra/core';
import { expect, it, vi } from 'vitest';
import { cpu } from '../src/index.js';

it('the program of docs/generating.md writes digits backwards', async () => {
  const guide = await readFile(new URL('../../../docs/generating.md', import.meta.url), 'utf8');
  const [, program] = /```js\n(.*?)```/s.exec(guide) as RegExpExecArray;
  const numbers = '[shortest, longest, steps, strings] = [10, 20, 1500, 500]';
  expect(program).toContain(numbers);
  const file = new URL(`./.guide-${process.pid}.mjs`, import.meta.url);
  await writeFile(file, program.replace(numbers, '[shortest, longest, steps, strings] = [2, 5, 500, 40]'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ file.href);
    const [greedy, beam, one] = log.mock.calls;
    expect(greedy).toEqual(['greedy', expect.objectContaining({ exactMatch: 1 })]);
    expect(beam).toEqual(['a beam of 4', expect.objectContaining({ exactMatch: 1 })]);
    expect(one[2]).toHaveLength(3);
  } finally {
    log.mockRestore();
    await rm(file);
  }
});

it('the programs of docs/int8.md run, and all layers but the embedding use int8 weights', async () => {
  const guide = await readFile(new URL('../../../docs/int8.md', import.meta.url), 'utf8');
  const programs = [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program);
  expect(programs).toHaveLength(4);
  const { dense, embedding, lstm, sequential } = core;
  const layers = [embedding({ inputDim: 9, outputDim: 4 }), lstm({ units: 8 })];
  const model = sequential([...layers, dense({ units: 2, activation: 'softmax' })], { inputShape: [null] });
  const backend = await cpu();
  const network = model.on(backend);
  const [bytes, int8Bytes] = [await network.save(), await (await network.quantize()).save()];
  const samples = [{ x: [1, 2, 8], y: 1 }];
  const names = { ...core, backend, network, samples, bytes, int8Bytes };
  const AsyncFunction: FunctionConstructor = Object.getPrototypeOf(async () => {}).constructor;
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    for (const program of programs) {
      const code = program.replace(/^import .*$/gm, '');
      await new AsyncFunction(...Object.keys(names), `{${code}}`)(...Object.values(names));
    }
    expect(log.mock.calls.slice(2, 5)).toEqual([
      ['0.embedding', 'composed', 'no kernel takes these weights as int8'],
      ['1.lstm', 'fused', 'int8 on the backend'],
      ['2.dense', 'fused', 'int8 on the backend'],
    ]);
    const [, prediction] = log.mock.calls[5];
    expect(prediction[0][0]).toBeCloseTo(0.01 * (127 - 20 + 3), 4);
    expect(prediction[0][1]).toBeCloseTo(1 + 0.02 * (4 + 8 - 127), 4);
  } finally {
    log.mockRestore();
    backend.dispose();
  }
});
