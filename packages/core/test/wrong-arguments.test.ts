/* The public functions throw Recurra's own errors for every kind of wrong argument. */

import { reference } from '@recurra/backend-reference';
import * as core from '@recurra/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { modelFromJson } from '../src/files.js';

const backend = await reference();
afterAll(() => backend.dispose());

/** Functions for authors of layers and cells, which do not check their tensors. */
const internal = ['activate'];

/** Typical wrong arguments. They are small, so the tests are fast. */
const anything = fc.oneof(
  fc.constantFrom<unknown[]>(undefined, null, {}, [], '', 'x', 0, -1, 3, 0.5, Number.NaN, 5n, true),
  fc.constantFrom<unknown[]>([undefined], [null], [[]], [1, [2]], [{}], new Map(), new Date(0)),
  fc.constant(() => undefined),
  fc.constant(Promise.resolve(backend)),
  fc.constantFrom<unknown[]>(
    new Float32Array(2),
    new BigInt64Array(2),
    { data: [1], shape: [1] },
    { x: 1, y: 1 },
  ),
  fc.dictionary(
    fc.constantFrom('kind', 'units', 'shape', 'data', 'inputShape', 'options', 'loss', 'x'),
    fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.array(fc.integer())),
    { noNullPrototype: true },
  ),
);

/** Calls `call` with wrong values for `count` arguments. */
async function survives(count: number, call: (...mistakes: never[]) => unknown, numRuns = 60): Promise<void> {
  const mistakes = fc.array(anything, { minLength: count, maxLength: count });
  await fc.assert(
    fc.asyncProperty(mistakes, async (args) => {
      try {
        const result = await call(...(args as never[]));
        (result as core.Network | undefined)?.dispose?.();
      } catch (error) {
        if (!(error instanceof core.RecurraError)) throw error;
      }
    }),
    { numRuns },
  );
}

describe('wrong arguments', () => {
  const functions = Object.entries(core).filter(
    ([name, value]) =>
      typeof value === 'function' &&
      !name.endsWith('Error') &&
      !internal.includes(name) &&
      name !== 'Network',
  ) as [string, (...args: never[]) => unknown][];

  it.each(functions)('of %s', async (_, call) => {
    const isClass = String(call).startsWith('class');
    const make = (...args: never[]) => Reflect.construct(call, args);
    for (const count of [0, 1, 2, 3]) await survives(count, isClass ? make : call, 40);
  });

  const model = core.sequential([core.lstm({ units: 2 }), core.dense({ units: 1 })], {
    inputShape: [null, 1],
  });
  const network = model.on(backend);
  const sample = { x: [[1], [2]], y: 1 };
  const samples = [sample, sample, sample];
  const fit = async (data: unknown, options: unknown) => network.fit(data as never, options as never).done;
  const options = { loss: 'huber', optimizer: 'sgd' };

  it('of models and networks', async () => {
    await survives(1, (inputShape) => core.sequential([core.dense({ units: 1 })], { inputShape }));
    await survives(2, (a, b) => core.sequential([a, b], { inputShape: [1] }));
    await survives(2, (a, b) => modelFromJson(a, b));
    await survives(2, (a, b) => modelFromJson({ inputShape: [1], layers: [{ kind: a, options: b }] }));
    await survives(2, (a, b) => model.on(a, b));
    await survives(1, (a) => model.on(backend, a));
    await survives(2, (a, b) => model.on(backend, { seed: a, weights: b }));
    await survives(1, (a) => network.setWeights(a));
    await survives(2, (a, b) => network.setWeights({ '1.bias': { data: a, shape: b } } as never));
    await survives(3, (a, b, c) => network.forward(a, b, c));
    await survives(2, (value, lengths) => {
      const tape = network.tape();
      try {
        network.forward(tape, { value, lengths });
      } finally {
        tape.dispose();
      }
    });
  });

  it('of training', async () => {
    await survives(2, fit);
    await survives(1, (a) => fit(a, options));
    await survives(1, (a) => fit([a], options));
    await survives(2, (x, y) => fit([sample, { x, y }], options));
    const names = [
      ...[
        'loss',
        'optimizer',
        'epochs',
        'batchSize',
        'shuffle',
        'seed',
        'bucketByLength',
        'clip',
        'bptt',
        'metrics',
      ],
      ...['validation', 'earlyStopping', 'restoreBest', 'checkpoint', 'resume', 'signal', 'gradientNorms'],
    ];
    for (const name of names) await survives(1, (a) => fit(samples, { ...options, [name]: a }), 20);
    const inner = {
      clip: 'value',
      bptt: 'window',
      validation: 'samples',
      earlyStopping: 'patience',
      checkpoint: 'save',
    };
    for (const [name, key] of Object.entries(inner)) {
      await survives(1, (a) => fit(samples, { ...options, [name]: { [key]: a } }), 20);
    }
  });

  it('of evaluation, prediction and streams', async () => {
    await survives(2, (a, b) => network.evaluate(a, b));
    await survives(3, (loss, metrics, batchSize) => network.evaluate(samples, { loss, metrics, batchSize }));
    await survives(2, (a, b) => network.predict(a, b));
    await survives(2, (a, b) => network.predictAll([a], b));
    await survives(2, (initialState, lengths) => network.predict([[[1]]], { initialState, lengths }));
    await survives(2, (a, b) => network.predict([[[1]]], { initialState: { 0: [a, b] } }));
    const stream = network.stream();
    await survives(1, (a) => stream.push(a));
    stream.close();
  });

  it('of a tape', async () => {
    const tape = network.tape();
    const x = tape.fill([2, 3], 1);
    const names = Object.getOwnPropertyNames(core.Tape.prototype).filter((name) => name !== 'constructor');
    for (const name of names) {
      const call = (...args: unknown[]) => (tape[name as 'add'] as (...args: unknown[]) => unknown)(...args);
      await survives(3, (a, b, c) => call(a, b, c));
      await survives(2, (a, b) => call(x, a, b));
    }
    await survives(2, (a, b) => tape.gradients(a, b));
    await survives(1, (a) => tape.watch(a));
    tape.dispose();
  });

  it('leave no tensors behind', () => {
    network.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });
});
