/*
 * Tensor handles and the counts of live tensors. The runner also compares the counts after every other case.
 */
import { adam, Optimizer, sgd, type Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { random, read } from '../numbers.js';
import type { Case } from '../suite.js';
import { exact } from '../tolerance.js';

const group = 'memory';

export const memory: Case[] = [
  {
    group,
    name: 'upload copies any kind of numbers, read gives a fresh array in the backend’s precision',
    async run(check) {
      const { backend } = check;
      const numbers = [1, -2.5, 3, 4, 5, 6];
      for (const source of [numbers, new Float32Array(numbers), new Float64Array(numbers)]) {
        const copy = source.slice();
        const x = check.upload({ data: copy, shape: [1, 2, 3, 1] });
        copy.fill(0);
        const first = await backend.read(x);
        const kind = check.precision === 'float32' ? Float32Array : Float64Array;
        check.same('the type of the array that read returns', first.constructor.name, kind.name);
        first.fill(0);
        await check.tensor('x', x, { data: numbers, shape: [1, 2, 3, 1] }, exact);
      }
    },
  },
  {
    group,
    name: 'whole numbers stay exact',
    async run(check) {
      const data = [0, 1, 65_535, 65_536, 1_000_003, 2 ** 24 - 1, -(2 ** 24)];
      const x = check.upload({ data, shape: [data.length] });
      await check.tensor(
        'x',
        check.made(check.backend.affine(x, 1, 0)),
        { data, shape: [data.length] },
        exact,
      );
    },
  },
  {
    group,
    name: 'a read completes even if its tensor is freed right after it began',
    async run(check) {
      const { data, shape } = random([65], 1);
      const x = check.backend.upload(data, shape);
      const reading = check.backend.read(x);
      check.backend.free(x);
      check.near('x', { data: await reading, shape }, { data, shape }, exact);
    },
  },
  {
    group,
    name: 'a read returns the numbers at its start, whatever is created, freed and overwritten meanwhile',
    async run(check) {
      const { backend } = check;
      for (const config of [sgd({ learningRate: 0.5, momentum: 0.9 }), adam({ learningRate: 0.5 })]) {
        const { data, shape } = random([5003], 1);
        const optimizer = check.use(new Optimizer(config, backend));
        const parameters = new Map([['p', backend.upload(data, shape)]]);
        check.use({ dispose: () => backend.free(parameters.get('p') as Tensor) });
        const tape = check.tape();
        const gradients = new Map([['p', tape.constant(random(shape, 2).data, shape)]]);
        for (let step = 0; step < 2; step++) optimizer.apply(tape, parameters, gradients);
        const now = [parameters.get('p') as Tensor, ...(optimizer.state.get('p') ?? [])];
        const settled = await Promise.all(now.map((x) => read(backend, x)));
        const reading = now.map((x) => read(backend, x));
        optimizer.apply(tape, parameters, gradients);
        for (let i = 0; i < 4; i++) backend.free(backend.fill(shape, -i));
        check.upload(random(shape, 3));
        for (const [i, values] of settled.entries())
          check.near(`${config.kind}: tensor ${i} `, await reading[i], values, exact);
      }
    },
  },
  {
    group,
    name: 'data whose length does not fit the shape is rejected, and changes no tensor',
    async run(check) {
      const { backend } = check;
      const neighbours = [1, 2, 3].map((seed) => random([2, 3], seed));
      const before = neighbours.map((values) => check.upload(values));
      const { tensors, bytes } = backend.memory();
      for (const shape of [[2, 2], [4], [1, 300], [2, 0]]) {
        for (const length of [0, 1, 3, 5, 100, 5000].filter((count) => count !== sizeOf(shape))) {
          for (const data of [
            new Array(length).fill(9),
            new Float32Array(length).fill(9),
            new Float64Array(length),
          ]) {
            const what = `${length} numbers for [${shape}]`;
            await check.refuses(what, () => backend.upload(data, shape), 'ShapeError');
            check.same(`${what}: the count of tensors`, backend.memory().tensors, tensors);
            check.same(`${what}: the count of bytes`, backend.memory().bytes, bytes);
          }
        }
      }
      const after = neighbours.map((values) => check.upload(values));
      for (const [i, values] of neighbours.entries()) {
        await check.tensor(`neighbour ${i} at `, before[i], values, exact);
        await check.tensor(`neighbour ${i}, made afterwards, at `, after[i], values, exact);
      }
    },
  },
  {
    group,
    name: 'counts tensors, and the bytes that they share once',
    async run(check) {
      const { backend } = check;
      const element = check.precision === 'float32' ? 4 : 8;
      const start = backend.memory();
      const grown = (what: string, tensors: number, elements: number) => {
        const now = backend.memory();
        check.same(`${what}: the count of tensors`, now.tensors - start.tensors, tensors);
        check.same(`${what}: the count of bytes`, now.bytes - start.bytes, elements * element);
      };
      const x = backend.fill([3, 4], 1);
      grown('after fill', 1, 12);
      const y = backend.binary('add', x, x);
      grown('after add', 2, 24);
      const z = backend.reshape(x, [12]);
      check.same('that reshape returns its argument', z === x, false);
      const shared = backend.memory().bytes - start.bytes;
      check.same(
        'that reshape shares or copies the memory',
        shared === 24 * element || shared === 36 * element,
        true,
      );
      for (const tensor of [x, y, z]) backend.free(tensor);
      grown('after free', 0, 0);
    },
  },
  {
    group,
    name: 'after dispose every call is refused, and a second dispose does nothing',
    async run(check) {
      const backend = check.takeBackend();
      const x = backend.fill([2], 1);
      backend.dispose();
      backend.dispose();
      await check.refuses('upload', () => backend.upload([1], [1]));
      await check.refuses('fill', () => backend.fill([1], 0));
      await check.refuses('read', () => backend.read(x));
      await check.refuses('exp', () => backend.unary('exp', x));
      await check.refuses('free', () => backend.free(x));
    },
  },
  {
    group,
    name: 'a tape frees its tensors and gradients, except those that are kept',
    async run(check) {
      const { backend } = check;
      const { tensors } = backend.memory();
      const tape = check.tape();
      const x = tape.watch(tape.constant(random([4, 3], 1).data, [4, 3]));
      const y = tape.sum(tape.softmax(tape.matmul(x, x, { transposeB: true })), [0]);
      const [dx] = tape.gradients([[y, 1]], [x]);
      tape.keep(dx);
      tape.dispose();
      check.same('the count of tensors that the tape left', backend.memory().tensors - tensors, 1);
      backend.free(dx);
    },
  },
];
