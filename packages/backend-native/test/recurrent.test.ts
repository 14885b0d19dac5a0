import { DataError, ShapeError, StateError } from '@recurra/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Native, openDevice } from '../src/addon.js';
import { CELLS } from '../src/codes.js';
import { F } from '../src/fields.js';
import { device, fill, missing, type Numbers, read, upload, write } from './device.js';

const [I, H] = [4, 37];

/** Writes the arguments of a training pass of an LSTM over T steps of B rows. */
function writeArguments(native: Native, changes: Numbers = {}, T = 3, B = 5): void {
  const numbers = (size: number) =>
    upload(native, ...Array.from({ length: size }, (_, i) => Math.sin(i * 1.7)));
  write(native, {
    ...{ code: CELLS.lstm, time: T, batch: B, inputSize: I, units: H, sequence: 1, training: 1 },
    x: numbers(T * B * I),
    kernel: numbers(I * 4 * H),
    recurrentKernel: numbers(H * 4 * H),
    bias: numbers(4 * H),
    dY: numbers(T * B * H),
    ...changes,
  });
}

describe.runIf(device)(`a recurrent layer of the addon${missing ? `: ${missing}` : ''}`, () => {
  const open: Native[] = [];
  const create = (threads = 1) => {
    const native = openDevice('auto', threads, threads > 1);
    open.push(native);
    return native;
  };
  afterEach(() => {
    for (const native of open.splice(0)) native.dispose();
  });

  it('checks its cell, handles and sizes', () => {
    const native = create();
    const small = fill(native, 3, 0);
    const fails = (changes: Numbers, error: new () => Error) => {
      writeArguments(native, changes);
      expect(() => native.recurrentForward()).toThrow(error);
    };
    fails({ code: 4 }, DataError);
    fails({ kernel: 0 }, StateError);
    fails({ kernel: 12345 }, StateError);
    fails({ time: 0.5 }, ShapeError);
    fails({ batch: 2 ** 40, units: 2 ** 40 }, ShapeError);
    for (const name of ['x', 'recurrentKernel', 'bias', 'lengths', 'initialH', 'initialC'] as const) {
      fails({ [name]: small }, ShapeError);
    }
    for (const [name, handle] of [
      ['saved', small],
      ['saved', 0],
    ] as const) {
      writeArguments(native, { [name]: handle });
      expect(() => native.recurrentBackward()).toThrow(handle ? ShapeError : StateError);
    }
  });

  it.each([
    { T: 3, B: 5 },
    // Bands of rows on two threads, and units on three.
    { T: 3, B: 17 },
    { T: 20, B: 1 },
    { T: 3, B: 1 },
  ])('gives the same numbers, bit for bit, on any number of threads: $T steps of $B rows', ({ T, B }) => {
    const runs = [1, 2, 3].map((threads) => {
      const native = create(threads);
      writeArguments(native, {}, T, B);
      native.recurrentForward();
      const { shared } = native;
      const y = shared[F.y];
      shared[F.dH] = 0;
      shared[F.dC] = 0;
      shared[F.inputGradient] = 1;
      native.recurrentBackward();
      const [dU, dX] = [shared[F.dRecurrentKernel], shared[F.dX]];
      return {
        y: read(native, y, T * B * H),
        dU: read(native, dU, H * 4 * H),
        dX: read(native, dX, T * B * I),
      };
    });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(runs[0].dU.every(Number.isFinite)).toBe(true);
  });
});
