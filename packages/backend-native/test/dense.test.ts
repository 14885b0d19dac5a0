import { type Activation, activate, DataError, ShapeError, StateError, Tape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { describe, expect, it } from 'vitest';
import type { Native } from '../src/addon.js';
import { ACTIVATIONS as ACTIVATION_CODES } from '../src/codes.js';
import { F } from '../src/fields.js';
import { native } from '../src/index.js';
import { release } from '../src/memory.js';
import { device, fill, missing, type Numbers, run } from './device.js';

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
    const six = fill(native, 6, 1);
    const numbers = { alpha: 1, x: six, kernel: six, rows: 3, inputSize: 2, units: 3, training: 1 };
    const forward = (changes: Numbers) => run(native, 'denseForward', { ...numbers, ...changes });
    expect(() => forward({ code: 15 })).toThrow(DataError);
    expect(() => forward({ x: 0 })).toThrow(StateError);
    expect(() => forward({ bias: six })).toThrow(ShapeError);
    expect(() => forward({ inputSize: 3, units: 2 })).toThrow(ShapeError);
    const y = forward({ code: ACTIVATION_CODES.softsign });
    const saved = native.shared[F.saved];
    const backward = (changes: Numbers) =>
      run(native, 'denseBackward', {
        ...numbers,
        code: ACTIVATION_CODES.softsign,
        y,
        saved,
        dY: y,
        ...changes,
      });
    expect(() => backward({ saved: 0 })).toThrow(StateError);
    expect(() => backward({ saved: six })).toThrow(ShapeError);
    expect(() => backward({ dY: six })).toThrow(ShapeError);
    backward({});
    for (const handle of [native.shared[F.dKernel], saved, y, six]) release(native, handle);
  });
});
