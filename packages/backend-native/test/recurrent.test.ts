import { DataError, ShapeError, StateError } from '@recurra/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Handle, type Native, openDevice } from '../src/addon.js';
import { CELLS, RECURRENT as R } from '../src/codes.js';
import { device, missing } from './device.js';

const [T, B, I, H] = [3, 5, 4, 37];

/** Writes the arguments of a training pass of an LSTM. */
function writeArguments(native: Native, changes: Partial<Record<keyof typeof R, number>> = {}): void {
  const numbers = (size: number) =>
    native.upload(Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7)));
  const values = {
    ...{ cell: CELLS.lstm, time: T, batch: B, inputSize: I, units: H, sequence: 1, training: 1 },
    x: numbers(T * B * I),
    kernel: numbers(I * 4 * H),
    recurrentKernel: numbers(H * 4 * H),
    bias: numbers(4 * H),
    dY: numbers(T * B * H),
    ...changes,
  };
  native.shared.fill(0);
  for (const [name, value] of Object.entries(values)) native.shared[R[name as keyof typeof R]] = value;
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
    const small = native.fill(3, 0);
    const fails = (changes: Partial<Record<keyof typeof R, number>>, error: new () => Error) => {
      writeArguments(native, changes);
      expect(() => native.recurrentForward()).toThrow(error);
    };
    fails({ cell: 4 }, DataError);
    fails({ kernel: 0 }, DataError);
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
      expect(() => native.recurrentBackward()).toThrow(handle ? ShapeError : DataError);
    }
  });

  it('gives the same numbers, bit for bit, on any number of threads', () => {
    const runs = [1, 2, 3].map((threads) => {
      const native = create(threads);
      const read = (handle: Handle, size: number) => {
        const data = new Float32Array(size);
        native.read(handle, data);
        return data;
      };
      writeArguments(native);
      native.recurrentForward();
      const y = read(native.shared[R.y], T * B * H);
      native.shared[R.dH] = 0;
      native.shared[R.dC] = 0;
      native.shared[R.dX] = 1;
      native.recurrentBackward();
      const dU = read(native.shared[R.dRecurrentKernel], H * 4 * H);
      return { y, dU, dX: read(native.shared[R.dX], T * B * I) };
    });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(runs[0].dU.every(Number.isFinite)).toBe(true);
  });
});
