/* The backward pass of a tape runs only once, and frees memory while it runs. */
import { reference } from '@recurra/backend-reference';
import { type Backend, StateError, Tape, type Tensor } from '@recurra/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let backend: Backend;
beforeEach(async () => {
  backend = await reference();
});
afterEach(() => {
  expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  backend.dispose();
});
const read = async (x: Tensor) => Array.from(await backend.read(x));

describe('gradients', () => {
  it('can be computed only once, because a kernel’s backward may overwrite its saved activations', async () => {
    const tape = new Tape(backend);
    const x = tape.watch(tape.constant([1, 2], [2]));
    const y = tape.mul(x, x);
    const [dx] = tape.gradients([[y, 1]], [x]);
    expect(await read(dx)).toEqual([2, 4]);
    expect(() => tape.gradients([[y, 1]], [x])).toThrow(StateError);
    tape.dispose();
  });

  it('are those of the right variables, of few and of many', async () => {
    for (const count of [3, 32, 33, 100]) {
      const tape = new Tape(backend);
      const constant = tape.constant([1], [1]);
      const xs = Array.from({ length: count }, (_, i) => tape.watch(tape.constant([i], [1])));
      let y = constant;
      for (const [i, x] of xs.entries()) y = tape.add(y, tape.affine(x, i));
      expect([constant, undefined].map((x) => tape.watches(x))).toEqual([false, false]);
      const gradients = tape.gradients([[y, 1]], xs);
      expect((await Promise.all(gradients.map(read))).flat()).toEqual(xs.map((_, i) => i));
      tape.dispose();
    }
  });

  it('are correct for every requested tensor, even if tensors share a gradient', async () => {
    const tape = new Tape(backend);
    const x = tape.watch(tape.constant([1, 2], [2]));
    const z = tape.watch(tape.constant([3, 4], [2]));
    const seed = tape.constant([1, 10], [2]);
    const sum = tape.add(x, z);
    const twice = tape.add(sum, sum);
    const y = tape.add(twice, tape.mul(x, tape.reshape(z, [2])));
    const gradients = tape.gradients([[y, seed]], [x, z, sum, twice, x]);
    expect(await Promise.all(gradients.map(read))).toEqual([
      [5, 60],
      [3, 40],
      [2, 20],
      [1, 10],
      [5, 60],
    ]);
    expect(await read(seed)).toEqual([1, 10]);
    tape.dispose();
  });

  it('of a long chain need only a few tensors more than the forward pass', () => {
    let most = 0;
    const counted: Backend = {
      ...backend,
      binary(op, a, b) {
        most = Math.max(most, backend.memory().tensors);
        return backend.binary(op, a, b);
      },
    };
    const tape = new Tape(counted);
    const x = tape.watch(tape.constant([0.1], [1]));
    let y = x;
    for (let i = 0; i < 100; i++) y = tape.tanh(y);
    const forward = backend.memory().tensors;
    tape.gradients([[y, 1]], [x]);
    expect(most).toBeLessThan(forward + 6);
    expect(backend.memory().tensors).toBe(forward + 1);
    tape.dispose();
  });

  it('free the activations of a fused kernel immediately after its backward', () => {
    const held: number[] = [];
    const tape = new Tape(backend);
    const x = tape.watch(tape.constant([1], [1]));
    const steps = [0, 1, 2].reduce<Tensor>((input) => {
      const y = backend.fill([1], 1);
      const backward = () => {
        held.push(backend.memory().tensors);
        return [tape.own(backend.fill([1], 1))];
      };
      tape.record([input], [y], backward, [backend.fill([1000], 0), backend.fill([1000], 0)]);
      return y;
    }, x);
    tape.gradients([[steps, 1]], [x]);
    expect(held[1] - held[0]).toBe(-2);
    expect(held[2] - held[1]).toBe(-2);
    expect(backend.memory().bytes).toBeLessThan(1000);
    tape.dispose();
  });

  it('leave no tensors behind if a backward throws', () => {
    const tape = new Tape(backend);
    const x = tape.watch(tape.constant([1], [1]));
    const y = backend.fill([1], 1);
    const backward = () => {
      tape.exp(x);
      throw new Error('lost');
    };
    tape.record([x], [y], backward, [backend.fill([1], 0)]);
    expect(() => tape.gradients([[tape.mul(y, y), 1]], [x])).toThrow('lost');
    tape.dispose();
  });
});
