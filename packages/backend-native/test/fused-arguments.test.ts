import { DataError, ShapeError, StateError } from '@recurra/core';
import { describe, expect, it } from 'vitest';
import type { Native } from '../src/addon.js';
import { OPTIMIZERS } from '../src/codes.js';
import { device, missing } from './device.js';

describe.runIf(device)(`the fused kernels of the addon${missing ? `: ${missing}` : ''}`, () => {
  const native = device as Native;
  const of = (...numbers: number[]) => native.upload(Float32Array.from(numbers));

  it('check the targets and sizes of a cross-entropy', () => {
    const [logits, weights, one] = [native.fill(6, 0), of(1, 1), of(1)];
    const forward = (...targets: number[]) =>
      native.crossEntropyForward(logits, of(...targets), weights, 2, 3, true);
    for (const bad of [3, -1, 0.5, Number.NaN]) expect(() => forward(0, bad)).toThrow(/target of row 1/);
    expect(() => forward(0, 1, 2)).toThrow(ShapeError);
    expect(() => native.crossEntropyBackward(logits, of(0, 3), weights, one, 2, 3)).toThrow(DataError);
    expect(() => native.crossEntropyBackward(logits, of(0, 1), weights, weights, 2, 3)).toThrow(ShapeError);
  });

  it('check the lengths and sizes of a scan', () => {
    const [steps, state] = [native.fill(12, 0), native.fill(4, 0)];
    const forward = (lengths: number, h = state) =>
      native.scanForward(steps, steps, h, lengths, 3, 2, 2, false);
    for (const bad of [4, -1, 1.5, Number.NaN]) expect(() => forward(of(3, bad))).toThrow(/length of row 1/);
    expect(() => forward(of(3))).toThrow(ShapeError);
    expect(() => forward(0, steps)).toThrow(ShapeError);
    expect(() => native.scanBackward(steps, 0, 0, state, 0, 0, 3, 2, 2, false)).toThrow(ShapeError);
    expect(() => native.scanBackward(steps, 0, 0, steps, state, 0, 3, 2, 2, false)).toThrow(ShapeError);
  });

  it('check the labels, lengths and sizes of CTC', () => {
    const logits = native.fill(2 * 2 * 3, 0);
    const forward = (targets: number[], lengths: number[], targetLengths: number[], blank = 0) =>
      native.ctcForward(
        logits,
        of(...targets),
        of(...lengths),
        of(...targetLengths),
        2,
        2,
        3,
        1,
        blank,
        true,
      );
    expect(() => forward([1, 3], [2, 2], [1, 1])).toThrow(/label of row 1 is 3/);
    expect(() => forward([1, 2], [2, 3], [1, 1])).toThrow(/frames of row 1 is 3/);
    expect(() => forward([1, 2], [2, 2], [1, 2])).toThrow(/labels of row 1 is 2/);
    expect(() => forward([1, 2], [2, 2], [1, 1], 3)).toThrow(ShapeError);
    const lengths = of(2, 2);
    const saved = (alphas: number, totals: number) =>
      native.ctcBackward(logits, of(1, 2), lengths, of(1, 1), alphas, totals, lengths, 2, 2, 3, 1, 0);
    expect(() => saved(logits, logits)).toThrow(ShapeError);
  });

  it('tell int8 weights from floats, and check their sizes', () => {
    const [x, floats] = [native.fill(6, 1), native.fill(6, 1)];
    const upload = (values: number, scales: number) =>
      native.uploadInt8(new Int8Array(values), new Float32Array(scales).fill(1), 2, 3);
    expect(() => upload(5, 3)).toThrow(ShapeError);
    expect(() => upload(6, 2)).toThrow(ShapeError);
    const weights = upload(6, 3);
    const dense = (kernel: number, inputs: number, units: number) =>
      native.denseInt8Forward(0, 1, 0, x, kernel, 0, 6 / inputs, inputs, units);
    native.free(dense(weights, 2, 3));
    expect(() => dense(weights, 3, 2)).toThrow(/the kernel is \[2, 3\]; expected \[3, 2\]/);
    expect(() => dense(floats, 2, 3)).toThrow(DataError);
    expect(() => dense(0, 2, 3)).toThrow(StateError);
    expect(() => native.unary(0, weights)).toThrow(DataError);
    expect(() => native.read(weights, new Float32Array(5))).toThrow(DataError);
    native.free(weights);
    expect(() => dense(weights, 2, 3)).toThrow(StateError);
  });

  it('check the handles and sizes of an optimizer step', () => {
    const [p, g, m, v, short] = [4, 4, 4, 4, 3].map((size) => native.fill(size, 1));
    native.shared.fill(0);
    const step = (kind: keyof typeof OPTIMIZERS, guard: number, ...handles: number[]) =>
      native.optimizerStep(OPTIMIZERS[kind], Int32Array.from(handles), 1, guard);
    expect(() => step('adam', 0, p, g, m)).toThrow(/3 tensors for 1 parameters; expected 4/);
    expect(() => step('adam', 0, p, g, m, short)).toThrow(ShapeError);
    expect(() => step('adam', 0, p, short, m, v)).toThrow(ShapeError);
    expect(() => step('adam', 0, p, 0, m, v)).toThrow(StateError);
    expect(() => step('sgd', short, p, g)).toThrow(ShapeError);
    expect(() => native.optimizerStep(4, Int32Array.of(p, g), 1, 0)).toThrow(DataError);
    expect(() => native.optimizerStep(0, [p, g] as never, 1, 0)).toThrow(DataError);
    expect(step('sgd', 0, p, g)).toBe(0);
  });
});
