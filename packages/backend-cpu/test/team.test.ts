import type { RecurrentSpec } from '@recurra/core';
import { expect, it } from 'vitest';
import type { Arrays } from '../src/memory.js';
import { walkRunner } from '../src/team.js';

/** Walks on two threads that wait as often for each other as `waits` says; gives which were run together. */
function walks(waits: () => number) {
  const together: boolean[] = [];
  const runWalk = (_kernel: number, shared: boolean) => {
    together.push(shared);
    return shared ? waits() : 0;
  };
  const run = walkRunner({ kernels: { runWalk }, threads: 2, team: {} } as unknown as Arrays, 'auto');
  const walk = (batch: number) => {
    run(2, { time: 100, batch, inputSize: 64, units: 128 } as RecurrentSpec, 512);
    return together[together.length - 1];
  };
  return { small: () => walk(1), large: () => walk(64) };
}

it('goes back to the team sooner, the more work there is', () => {
  const { small, large } = walks(() => 1000);
  expect(small()).toBe(true);
  // One that is 64 times as long is not put on one thread by that.
  expect(large()).toBe(true);
});

it('works alone twice as long each time that the team fails, and as before once it does not', () => {
  let waits = 1000;
  const { small } = walks(() => waits);
  const tries = (count: number) => Array.from({ length: count }, small);
  expect(tries(7)).toEqual([true, false, true, false, false, true, false]);
  waits = 0;
  expect(tries(6)).toEqual([false, false, false, true, true, true]);
});
