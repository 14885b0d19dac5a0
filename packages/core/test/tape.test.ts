/* A tape's gradients are taken once. */
import { reference } from '@recurra/backend-reference';
import { StateError, Tape } from '@recurra/core';
import { expect, test } from 'vitest';

test('the gradients of a tape are taken once, since a kernel’s backward may overwrite what its forward saved', async () => {
  const backend = await reference();
  const tape = new Tape(backend);
  const x = tape.watch(tape.constant([1, 2], [2]));
  const y = tape.mul(x, x);
  const [dx] = tape.gradients([[y, 1]], [x]);
  expect(Array.from(await backend.read(dx))).toEqual([2, 4]);
  expect(() => tape.gradients([[y, 1]], [x])).toThrow(StateError);
  tape.dispose();
  expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  backend.dispose();
});
