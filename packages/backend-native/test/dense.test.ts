import { type Activation, activate, DataError, ShapeError, StateError, Tape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { describe, expect, it } from 'vitest';
import type { Native } from '../src/addon.js';
import { native } from '../src/index.js';
import { device, missing } from './device.js';

const ACTIVATIONS: Activation[] = [
  ...([
    'linear',
    'tanh',
    'sigmoid',
    'relu',
    'softmax',
    'softplus',
    'softsign',
    'exponential',
    'selu',
  ] as const),
  ...(['hardSigmoid', 'elu', 'leakyRelu', 'thresholdedRelu', 'scaledTanh', 'affine'] as const),
  { kind: 'elu', alpha: -0.7 },
  { kind: 'leakyRelu', alpha: -0.3 },
  { kind: 'hardSigmoid', alpha: 0.5, beta: 0.25 },
  { kind: 'scaledTanh', alpha: 1.7, beta: 0.6 },
  { kind: 'thresholdedRelu', alpha: -0.5 },
  { kind: 'affine', alpha: 2, beta: -1 },
];

describe.runIf(device)(`the fused dense layer${missing ? `: ${missing}` : ''}`, () => {
  it.each(ACTIVATIONS)(
    'has the numbers of the composition, also at 0 and with NaN: %j',
    async (activation) => {
      const backend = await native();
      const [rows, inputSize, units] = [4, 2, 19];
      const numbers = (shape: number[], seed: number) =>
        backend.upload(
          Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + 7 * i) * 3),
          shape,
        );
      const x = backend.upload([0, 0, Number.NaN, 1, 40, -30, 0.5, 0.25], [rows, inputSize]);
      const kernel = numbers([inputSize, units], 1);
      const dy = numbers([rows, units], 2);
      const spec = { rows, inputSize, units, activation, bias: false, training: true, inputGradient: true };
      const fused = backend.fused.dense!;
      const outputs = fused.forward(spec, { x, kernel });
      const gradients = fused.backward(spec, { x, kernel }, outputs, dy);

      const tape = new Tape(backend);
      for (const variable of [x, kernel]) tape.watch(tape.own(variable));
      const product = tape.matmul(x, kernel);
      const y =
        activation === 'linear' ? tape.reshape(product, product.shape) : activate(tape, product, activation);
      const [dx, dKernel] = tape.gradients([[y, tape.own(dy)]], [x, kernel]);
      const pairs = [
        [outputs.y, y],
        [gradients.x!, dx],
        [gradients.kernel, dKernel],
      ] as const;
      for (const [actual, expected] of pairs) {
        const exact = await backend.read(expected);
        (await backend.read(actual)).forEach((value, i) => {
          if (!Object.is(value, exact[i]))
            expect(value).toBeCloseTo(exact[i], 4 - Math.log10(Math.abs(exact[i]) + 1));
        });
      }
      backend.dispose();
    },
  );

  it('checks handles, lengths and codes', () => {
    const native = device as Native;
    const six = native.fill(6, 1);
    const forward = (
      code: number,
      x: number,
      kernel: number,
      bias: number,
      ...sizes: [number, number, number]
    ) => native.denseForward(code, 1, 0, x, kernel, bias, ...sizes, true);
    expect(() => forward(15, six, six, 0, 3, 2, 3)).toThrow(DataError);
    expect(() => forward(0, 0, six, 0, 3, 2, 3)).toThrow(StateError);
    expect(() => forward(0, six, six, six, 3, 2, 3)).toThrow(ShapeError);
    expect(() => forward(0, six, six, 0, 3, 3, 2)).toThrow(ShapeError);
    const y = forward(8, six, six, 0, 3, 2, 3);
    const kept = native.shared[0];
    const backward = (saved: number) =>
      native.denseBackward(8, 1, 0, six, six, 0, y, saved, y, 3, 2, 3, false);
    expect(() => backward(0)).toThrow(ShapeError);
    for (const handle of [backward(kept), kept, y, six]) native.free(handle);
  });
});
