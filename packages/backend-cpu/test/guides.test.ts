/* The programs of the guides, some with smaller numbers. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import * as core from '@recurra/core';
import { expect, it, vi } from 'vitest';
import { cpu } from '../src/index.js';

/** Reads the programs of a guide. */
async function programsOf(name: string): Promise<string[]> {
  const guide = await readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
  return [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program);
}

/** Runs a program. @returns the arguments of each call of console.log */
async function run(name: string, program: string): Promise<unknown[][]> {
  const file = new URL(`./.${name}-${process.pid}.mjs`, import.meta.url);
  await writeFile(file, program);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ file.href);
    return [...log.mock.calls];
  } finally {
    log.mockRestore();
    await rm(file);
  }
}

it('the program of docs/generating.md writes digits backwards', async () => {
  const [program] = await programsOf('generating.md');
  const numbers = '[shortest, longest, steps, strings] = [10, 20, 1500, 500]';
  expect(program).toContain(numbers);
  const smaller = program.replace(numbers, '[shortest, longest, steps, strings] = [2, 5, 500, 40]');
  const [greedy, beam, one] = await run('generating', smaller);
  // After so few steps, one of the 40 strings may still be wrong.
  const nearlyAll = expect.objectContaining({ exactMatch: expect.closeTo(1, 1) });
  expect(greedy).toEqual(['greedy', nearlyAll]);
  expect(beam).toEqual(['a beam of 4', nearlyAll]);
  expect(one[2]).toHaveLength(3);
});

it('the program of docs/ctc.md reads Morse code, and words better with a language model', async () => {
  const [program] = await programsOf('ctc.md');
  const lines = await run('ctc', program);
  const [epoch, errorRate] = lines[7] as [number, number];
  expect(epoch).toBe(8);
  expect(errorRate).toBeLessThan(0.15);
  const [[, greedy], [, beam], [, withWords], [spans]] = lines.slice(8) as [string | string[], number][];
  expect(beam).toBeGreaterThanOrEqual(greedy - 0.05);
  expect(withWords).toBeGreaterThan(greedy + 0.2);
  expect(withWords).toBeGreaterThan(0.75);
  expect(spans).toHaveLength('DOOR'.length);
});

it('the other programs of docs/ctc.md run', async () => {
  const [, loss, unaligned] = await programsOf('ctc.md');
  const before = `
    import { reference } from '@recurra/backend-reference';
    import { dense, sequential } from '@recurra/core';
    const layer = dense({ units: 2, activation: 'softmax' });
    const network = sequential([layer], { inputShape: [null, 1] }).on(await reference());
    const recordings = [[1], [1, 1], [1], [1, 1, 1]].map((y) => ({ x: [[1], [2]], y }));
  `;
  const lines = await run(
    'ctc-loss',
    `${before}${loss}${unaligned}console.log(await network.evaluate(recordings.slice(0, 1), { loss }));`,
  );
  expect(lines[0]).toEqual([1, 1]);
  expect(lines[1]).toEqual([{ loss: expect.any(Number) }]);
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
