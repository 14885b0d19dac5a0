/* Kernels are compiled ahead of their first use. */
import type { Tensor } from '@recurra/core';
import type { CrossEntropySpec, DenseSpec, FusedKernels, RecurrentSpec } from '@recurra/core/backend';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { missing, numbers, open, titled } from './support.js';

const training = { training: true, inputGradient: true } as const;
const recurrentSpec: RecurrentSpec = {
  ...{ cell: 'gru', time: 3, batch: 2, inputSize: 2, units: 5, outputSize: 5 },
  ...{ activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: true, bias: true, clip: 0 },
  ...{ peepholes: false, projection: false, layerNorm: false, recurrentDropout: false },
  ...{ reverse: false, lengths: true, initialState: true, sequence: false, ...training },
};
const denseSpec: DenseSpec = { rows: 2, inputSize: 5, units: 3, activation: 'tanh', bias: true, ...training };
const lossSpec: CrossEntropySpec = { rows: 2, classes: 3, training: true };

describe.skipIf(missing)(titled('prepare'), () => {
  test('compiles the kernels of later requests in parallel, and leaves no tensor', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const { recurrent, dense, crossEntropy } = backend.fused as Required<FusedKernels>;
    const compile = vi.spyOn(Object.getPrototypeOf(backend.gpu), 'createComputePipeline');
    onTestFinished(() => compile.mockRestore());
    const held = backend.held();
    const preparing = [
      recurrent.prepare?.(recurrentSpec),
      dense.prepare?.(denseSpec),
      crossEntropy.prepare?.(lossSpec),
    ];
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
    expect(backend.held()).toBe(held);
    await Promise.all(preparing);

    const x = (...shape: number[]) => backend.upload(numbers(shape, 1), shape);
    const inputs = {
      x: x(3, 2, 2),
      weights: { kernel: x(2, 15), recurrentKernel: x(5, 15), bias: x(15), recurrentBias: x(15) },
      initialState: [x(2, 5)],
      lengths: backend.upload([3, 1], [2]),
    };
    const outputs = recurrent.forward(recurrentSpec, inputs);
    expect(outputs.y).toBeUndefined();
    const denseInputs = { x: outputs.state[0], kernel: x(5, 3), bias: x(3) };
    const { y } = dense.forward(denseSpec, denseInputs);
    const lossInputs = { logits: y, targets: backend.upload([0, 2], [2]), weights: backend.fill([2], 1) };
    compile.mockClear();
    const loss = crossEntropy.forward(lossSpec, lossInputs);
    const dLogits = crossEntropy.backward(lossSpec, lossInputs, loss, backend.upload([1], [1]));
    const ofDense = dense.backward(denseSpec, denseInputs, { y, saved: [] }, dLogits);
    const gradients = recurrent.backward(recurrentSpec, inputs, outputs, { state: [ofDense.x as Tensor] });
    expect(compile).not.toHaveBeenCalled();
    const values = await backend.read(gradients.weights.kernel);
    expect(values.some((value) => value !== 0)).toBe(true);
  });

  test('does not block other calls meanwhile', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const preparing = backend.fused.dense?.prepare?.(denseSpec);
    const x = backend.affine(backend.upload([1, 2], [2]), 2, 1);
    expect(await backend.read(x)).toEqual(Float32Array.of(3, 5));
    await preparing;
  });

  test('rejects if a request is too large for the device, and leaves no tensor', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const preparing = backend.fused.dense?.prepare?.({ ...denseSpec, rows: 2 ** 30 });
    await expect(preparing).rejects.toThrow(/a tensor of \[1073741824,5\] needs 21474836480 bytes/);
    expect(backend.memory().tensors).toBe(0);
  });
});
