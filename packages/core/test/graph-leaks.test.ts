/* Streams and training of graphs leave no tensors behind, however they end. */
import { reference } from '@recurra/backend-reference';
import {
  apply,
  attention,
  type Backend,
  batchNorm,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  greedy,
  gru,
  RecurraError,
  tokens,
} from '@recurra/core';
import { expect, it } from 'vitest';

const V = 5;
const translator = (backend: Backend) =>
  graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const words = embedding({ inputDim: V, outputDim: 2 });
    const memory = apply(bidirectional(gru({ units: 1, returnSequences: true })), apply(words, source));
    const query = apply(gru({ units: 2, returnSequences: true }), apply(words, target), {
      initialState: memory.state,
    });
    const context = apply(attention(), { query, memory });
    return { scores: apply(dense({ units: V }), apply(batchNorm(), apply(concat(), [query, context]))) };
  }).on(backend, { seed: 1 });

it('1,000 streams, closed at any point, with errors and without', async () => {
  const backend = await reference();
  const network = translator(backend);
  const held = backend.memory();
  const sources = [[1, 2, 3], [4]];
  for (let i = 0; i < 1000; i++) {
    const stream = network.stream({ source: sources }, { rows: 2 * (1 + (i % 2)) });
    const target = Array.from({ length: stream.rows }, (_, row) => (row + i) % V);
    const later: Promise<unknown>[] = [];
    const ways = [
      () => undefined,
      () => stream.push({ target }),
      // Closed before the step is read.
      () => void later.push(stream.push({ target })),
      () => expect(stream.push({ target: target.map(() => V) })).rejects.toThrow(RecurraError),
      async () => {
        await stream.push({ target });
        expect(() => stream.reorder(target.map(() => -1))).toThrow(RecurraError);
        stream.reorder(target.map((_, row) => row - (row % (stream.rows / 2))));
        stream.reset();
        await stream.push({ target });
      },
      () =>
        expect(greedy(stream, { start: 1, end: 0, maxLength: 2, output: 'none' as never })).rejects.toThrow(
          RecurraError,
        ),
      () => expect(() => network.stream({ source: [[1], [V]] }, { rows: 2 })).toThrow(RecurraError),
      () => expect(() => network.stream({ source: sources }, { rows: 3 })).toThrow(RecurraError),
    ];
    await ways[i % ways.length]();
    stream.close();
    stream.close();
    await Promise.all(later);
    if (i % 100 === 99) expect(backend.memory()).toEqual(held);
  }
  expect(backend.memory()).toEqual(held);
  network.dispose();
  expect(backend.memory().tensors).toBe(0);
});

it('a training that is aborted, at its first step or later, or that fails', async () => {
  const backend = await reference();
  const network = translator(backend);
  const samples = [0, 1, 2, 3].map((i) => ({
    x: { source: [i, 1, 2].slice(0, 1 + (i % 3)), target: [1, i] },
    y: { scores: [i, 0] },
  }));
  const loss = { scores: { kind: 'crossEntropy', fromLogits: true } } as const;
  const settings = { loss, optimizer: 'adam', batchSize: 2, epochs: 3 } as const;
  const held = backend.memory();
  for (const last of [0, 1, 2, 4]) {
    const controller = new AbortController();
    const run = network.fit(samples, { ...settings, validation: { samples }, signal: controller.signal });
    let steps = 0;
    if (last === 0) controller.abort();
    for await (const _ of run) if (++steps === last) controller.abort();
    expect(await run.done).toMatchObject({ stopped: 'aborted', steps: last });
    expect(backend.memory()).toEqual(held);
  }
  const wrong = [...samples, { x: { source: [1], target: [1, 2] }, y: { scores: [V, 1] } }];
  await expect(network.fit(wrong, { ...settings, batchSize: 5 }).done).rejects.toThrow(RecurraError);
  expect(backend.memory()).toEqual(held);
});
