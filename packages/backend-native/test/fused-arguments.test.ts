import { DataError, ShapeError, StateError } from '@recurra/core';
import { describe, expect, it } from 'vitest';
import type { Native } from '../src/addon.js';
import { OPTIMIZERS } from '../src/codes.js';
import { F } from '../src/fields.js';
import { release } from '../src/memory.js';
import { device, fill, missing, type Numbers, read, run, upload, write } from './device.js';

describe.runIf(device)(`the fused kernels of the addon${missing ? `: ${missing}` : ''}`, () => {
  const native = device as Native;
  const of = (...numbers: number[]) => upload(native, ...numbers);

  it('check the targets and sizes of a cross-entropy', () => {
    const [x, weights, dY] = [fill(native, 6, 0), of(1, 1), of(1)];
    const forward = (...targets: number[]) =>
      run(native, 'crossEntropyForward', { x, targets: of(...targets), weights, rows: 2, classes: 3 });
    for (const bad of [3, -1, 0.5, Number.NaN]) expect(() => forward(0, bad)).toThrow(/target of row 1/);
    expect(() => forward(0, 1, 2)).toThrow(ShapeError);
    const backward = (changes: Numbers) =>
      run(native, 'crossEntropyBackward', { saved: x, weights, dY, rows: 2, classes: 3, ...changes });
    expect(() => backward({ targets: of(0, 3) })).toThrow(DataError);
    expect(() => backward({ targets: of(0, 1), dY: weights })).toThrow(ShapeError);
    expect(() => backward({ targets: of(0, 1), saved: weights })).toThrow(ShapeError);
  });

  it('check the lengths and sizes of a scan', () => {
    const [steps, state] = [fill(native, 12, 0), fill(native, 4, 0)];
    const numbers = { a: steps, b: steps, time: 3, batch: 2, units: 2 };
    const forward = (changes: Numbers) => run(native, 'scanForward', { ...numbers, ...changes });
    for (const bad of [4, -1, 1.5, Number.NaN])
      expect(() => forward({ lengths: of(3, bad) })).toThrow(/length of row 1/);
    expect(() => forward({ lengths: of(3) })).toThrow(ShapeError);
    expect(() => forward({ initialH: steps })).toThrow(ShapeError);
    const backward = (changes: Numbers) => run(native, 'scanBackward', { ...numbers, y: steps, ...changes });
    expect(() => backward({ y: state })).toThrow(ShapeError);
    expect(() => backward({ dY: state })).toThrow(ShapeError);
    expect(() => backward({ dH: steps })).toThrow(ShapeError);
  });

  it('check the labels, lengths and sizes of CTC', () => {
    const x = fill(native, 2 * 2 * 3, 0);
    const sizes = { time: 2, batch: 2, classes: 3, labels: 1 };
    const forward = (targets: number[], lengths: number[], targetLengths: number[], blank = 0) => {
      const tensors = {
        targets: of(...targets),
        lengths: of(...lengths),
        targetLengths: of(...targetLengths),
      };
      return run(native, 'ctcForward', { x, ...sizes, ...tensors, blank });
    };
    expect(() => forward([1, 3], [2, 2], [1, 1])).toThrow(/label of row 1 is 3/);
    expect(() => forward([1, 2], [2, 3], [1, 1])).toThrow(/frames of row 1 is 3/);
    expect(() => forward([1, 2], [2, 2], [1, 2])).toThrow(/labels of row 1 is 2/);
    expect(() => forward([1, 2], [2, 2], [1, 1], 3)).toThrow(ShapeError);
    const lengths = of(2, 2);
    const tensors = { x, targets: of(1, 2), lengths, targetLengths: of(1, 1), dY: lengths };
    expect(() => run(native, 'ctcBackward', { ...sizes, ...tensors, saved: x, totals: x })).toThrow(
      ShapeError,
    );
  });

  it('tell int8 weights from floats, and check their sizes', () => {
    const [x, floats] = [fill(native, 6, 1), fill(native, 6, 1)];
    const uploadInt8 = (values: number, scales: number) => {
      write(native, { rows: 2, columns: 3 });
      native.uploadInt8(new Int8Array(values), new Float32Array(scales).fill(1));
      return native.shared[F.y];
    };
    expect(() => uploadInt8(5, 3)).toThrow(ShapeError);
    expect(() => uploadInt8(6, 2)).toThrow(ShapeError);
    const weights = uploadInt8(6, 3);
    const dense = (kernel: number, inputSize: number, units: number) =>
      run(native, 'denseForward', { int8: 1, x, kernel, rows: 6 / inputSize, inputSize, units });
    release(native, dense(weights, 2, 3));
    expect(() => dense(weights, 3, 2)).toThrow(/the kernel is \[2, 3\]; expected \[3, 2\]/);
    expect(() => dense(floats, 2, 3)).toThrow(DataError);
    expect(() => dense(0, 2, 3)).toThrow(StateError);
    expect(() => run(native, 'unary', { x: weights })).toThrow(DataError);
    expect(() => read(native, weights, 5)).toThrow(DataError);
    release(native, weights);
    expect(() => dense(weights, 2, 3)).toThrow(StateError);
  });

  it('check the handles and sizes of an optimizer step', () => {
    const [p, g, m, v, short] = [4, 4, 4, 4, 3].map((size) => fill(native, size, 1));
    const step = (code: number, guard: number, ...handles: number[]) => {
      write(native, { code, guard, count: 1 });
      native.optimizerStep(Int32Array.from(handles));
    };
    const { adam, sgd } = OPTIMIZERS;
    expect(() => step(adam, 0, p, g, m)).toThrow(/3 tensors for 1 parameters; expected 4/);
    expect(() => step(adam, 0, p, g, m, short)).toThrow(ShapeError);
    expect(() => step(adam, 0, p, short, m, v)).toThrow(ShapeError);
    expect(() => step(adam, 0, p, 0, m, v)).toThrow(StateError);
    expect(() => step(sgd, short, p, g)).toThrow(ShapeError);
    expect(() => step(4, 0, p, g)).toThrow(DataError);
    expect(() => native.optimizerStep([p, g] as never)).toThrow(DataError);
    step(sgd, 0, p, g);
    expect(native.shared[F.norm]).toBe(0);
  });
});
