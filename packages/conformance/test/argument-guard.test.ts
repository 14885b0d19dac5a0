/* A kernel that changes its arguments, or returns one of them, is reported. */
import { reference } from '@recurra/backend-reference';
import type { Backend } from '@recurra/core';
import type { DenseKernel, FusedKernels } from '@recurra/core/backend';
import { expect, test } from 'vitest';
import { GuardedTape } from '../src/argument-guard.js';
import { Check } from '../src/check.js';
import { baselineKernels } from '../src/mutants/index.js';

/** Calls the dense kernel's forward once, guarded. */
async function guarded(change: (right: Backend, kernel: DenseKernel) => Partial<Backend>): Promise<void> {
  const right = await reference();
  const kernels: FusedKernels = baselineKernels(right);
  const backend = { ...right, fused: kernels, ...change(right, kernels.dense as DenseKernel) };
  const tape = new GuardedTape(backend);
  const x = tape.constant([1, 2], [1, 2]);
  const kernel = tape.constant([3, 4], [2, 1]);
  const spec = {
    rows: 1,
    inputSize: 2,
    units: 1,
    activation: 'linear',
    bias: false,
    training: false,
    inputGradient: false,
  } as const;
  const outputs = tape.kernel('dense', spec)?.forward(spec, { x, kernel });
  if (outputs) tape.own(outputs.y);
  await tape.verify(new Check(backend, reference));
  tape.dispose();
}

test('the right kernel passes', async () => {
  await expect(guarded(() => ({}))).resolves.toBeUndefined();
});

test('a result that is an argument is not a new handle', async () => {
  const change = (_: Backend, dense: DenseKernel) => {
    const same: DenseKernel = { ...dense, forward: (_, { x }) => ({ y: x, saved: [] }) };
    return { fused: { dense: same } };
  };
  await expect(guarded(change)).rejects.toThrow('dense.forward: result .0.y is not a new handle');
});

test('an argument that has changed after the call is named', async () => {
  const change = (right: Backend, dense: DenseKernel) => {
    let called = false;
    const spoiling: DenseKernel = {
      ...dense,
      forward(...args) {
        called = true;
        return dense.forward(...args);
      },
    };
    const read: Backend['read'] = (x) =>
      right.read(x).then((data) => (called ? data.map((n) => n + 1) : data));
    return {
      fused: { dense: spoiling },
      read: (x) => (called ? read(x) : right.read(x)),
    } satisfies Partial<Backend>;
  };
  await expect(guarded(change)).rejects.toThrow(
    'dense.forward: argument .1.x, after the call, [0,0] is 2, expected 1',
  );
});
