import { type Backend, DataError } from '@recurra/core';
import type { CtcKernel, CtcSpec } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { expectClose, numbers } from './support.js';

let one: Backend;
let two: Backend;

beforeAll(async () => {
  one = await cpu({ threads: 1 });
  two = await cpu({ threads: 2, share: 'always' });
});

afterAll(() => {
  one.dispose();
  two.dispose();
});

interface Case {
  readonly time: number;
  readonly classes: number;
  readonly blank: number;
  readonly targets: readonly (readonly number[])[];
  readonly lengths: readonly number[];
}

interface Results {
  readonly losses: ArrayLike<number>;
  readonly dLogits: ArrayLike<number>;
}

const logitsOf = ({ time, classes, targets }: Case) =>
  numbers(time * targets.length * classes, 1).map((x) => 3 * x);

const logAdd = (...of: number[]) => {
  const largest = Math.max(...of);
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  return largest + Math.log(of.reduce((sum, x) => sum + Math.exp(x - largest), 0));
};

/** The losses and their gradient for dLosses of numbers(B, 2), in float64, as Graves et al. (2006) state them. */
function exact(it: Case): Results {
  const { classes, blank, targets, lengths } = it;
  const batch = targets.length;
  const logits = logitsOf(it);
  const dLosses = numbers(batch, 2);
  const losses = new Float64Array(batch);
  const dLogits = new Float64Array(logits.length);
  for (let row = 0; row < batch; row++) {
    const states = [blank, ...targets[row].flatMap((label) => [label, blank])];
    const frames = Array.from({ length: lengths[row] }, (_, t) => {
      const start = (t * batch + row) * classes;
      const x = [...logits.subarray(start, start + classes)];
      const total = logAdd(...x);
      return x.map((value) => value - total);
    });
    const maySkip = (s: number) => s >= 2 && states[s] !== blank && states[s] !== states[s - 2];
    const impossible = Number.NEGATIVE_INFINITY;
    let alpha = states.map((_, s) => (s === 0 ? 0 : impossible));
    const alphas = frames.map((frame) => {
      const from = alpha;
      alpha = states.map((label, s) => {
        return (
          frame[label] + logAdd(from[s], from[s - 1] ?? impossible, maySkip(s) ? from[s - 2] : impossible)
        );
      });
      return alpha;
    });
    const total = logAdd(alpha[states.length - 1], alpha[states.length - 2] ?? impossible);
    losses[row] = 0 - total;
    let beta = states.map((_, s) => (s >= states.length - 2 ? 0 : impossible));
    for (let t = frames.length - 1; t >= 0; t--) {
      const start = (t * batch + row) * classes;
      for (let c = 0; c < classes; c++) dLogits[start + c] = dLosses[row] * Math.exp(frames[t][c]);
      states.forEach((label, s) => {
        dLogits[start + label] -= dLosses[row] * Math.exp(alphas[t][s] + beta[s] - total);
      });
      const after = states.map((label, s) => beta[s] + frames[t][label]);
      beta = states.map((_, s) => {
        return logAdd(
          after[s],
          after[s + 1] ?? impossible,
          maySkip(s + 2) ? (after[s + 2] ?? impossible) : impossible,
        );
      });
    }
  }
  return { losses, dLogits };
}

async function run(backend: Backend, it: Case): Promise<Results> {
  const { time, classes, blank, lengths } = it;
  const batch = lengths.length;
  const labels = Math.max(1, ...it.targets.map((row) => row.length));
  const logits = logitsOf(it);
  // Frames of padding are NaN, which must not be read.
  lengths.forEach((length, row) => {
    for (let t = length; t < time; t++) {
      logits.fill(Number.NaN, (t * batch + row) * classes, (t * batch + row + 1) * classes);
    }
  });
  const padded = it.targets.flatMap((row) => [...row, ...new Array(labels - row.length).fill(classes - 1)]);
  const before = backend.memory().tensors;
  const upload = (data: ArrayLike<number>, ...shape: number[]) =>
    backend.upload(Float32Array.from(data), shape);
  const inputs = {
    logits: upload(logits, time, batch, classes),
    targets: upload(padded, batch, labels),
    lengths: upload(lengths, batch),
    targetLengths: upload(
      it.targets.map((row) => row.length),
      batch,
    ),
  };
  const dLosses = upload(numbers(batch, 2), batch);
  const kernel = backend.fused?.ctc as CtcKernel;
  const spec: CtcSpec = { time, batch, classes, labels, blank, training: true };
  const outputs = kernel.forward(spec, inputs);
  const dLogits = kernel.backward(spec, inputs, outputs, dLosses);
  const inference = kernel.forward({ ...spec, training: false }, inputs);
  const losses = await backend.read(outputs.losses);
  expect(await backend.read(inference.losses)).toEqual(losses);
  expect(inference.saved).toEqual([]);
  const results = { losses, dLogits: await backend.read(dLogits) };
  for (const x of [
    ...Object.values(inputs),
    dLosses,
    dLogits,
    inference.losses,
    outputs.losses,
    ...outputs.saved,
  ]) {
    backend.free(x);
  }
  expect(backend.memory().tensors).toBe(before);
  return results;
}

/** Numbers of labels and classes around a vector (4). */
const CASES: Record<string, Case> = {
  'repeats, an empty target, no frames and as many frames as labels need': {
    ...{ time: 9, classes: 5, blank: 0, lengths: [9, 7, 0, 5, 9, 4] },
    targets: [[1, 1, 2], [], [], [3, 3, 4, 4].slice(0, 3), [1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 2]],
  },
  'two classes, the blank last': { time: 6, classes: 2, blank: 1, targets: [[0, 0], [0]], lengths: [6, 5] },
  'the last label begins a vector': {
    ...{ time: 12, classes: 17, blank: 8, lengths: [12, 11, 12] },
    targets: [
      [1, 2, 3, 4],
      [16, 16, 0, 7, 7],
      [1, 2, 3],
    ],
  },
};

it.each(Object.entries(CASES))(
  'computes the loss and its gradient, on one thread and on two: %s',
  async (_, it) => {
    const actual = await run(one, it);
    const expected = exact(it);
    expectClose(actual.losses, expected.losses, 1e-6, 'losses');
    expectClose(actual.dLogits, expected.dLogits, 1e-6, 'gradient');
    expect(await run(two, it)).toEqual(actual);
  },
);

it('stays accurate over 800 frames', async () => {
  const targets = [60, 250].map((count, row) =>
    Array.from({ length: count }, (_, i) => 1 + ((i * (row + 3)) % 11)),
  );
  const long = { time: 800, classes: 12, blank: 0, targets, lengths: [800, 790] };
  const actual = await run(one, long);
  const expected = exact(long);
  expectClose(actual.losses, expected.losses, 1e-6, 'losses');
  expectClose(actual.dLogits, expected.dLogits, 3e-5, 'gradient');
});

it('is not confused by a path that is far less likely than another and yet the only one that ends in time', async () => {
  // The labels need every frame, and the blank is e^60 times as likely as the first half of them.
  const [time, classes] = [8, 3];
  const targets = [[1, 2, 1, 2, 1, 2, 1, 2]];
  const logits = Float32Array.from({ length: time * classes }, (_, i) =>
    i % classes === 0 && i < 12 ? 60 : 0,
  );
  const kernel = one.fused?.ctc as CtcKernel;
  const inputs = {
    logits: one.upload(logits, [time, 1, classes]),
    targets: one.upload(Float32Array.from(targets[0]), [1, 8]),
    lengths: one.upload(Float32Array.of(time), [1]),
    targetLengths: one.upload(Float32Array.of(8), [1]),
  };
  const spec = { time, batch: 1, classes, labels: 8, blank: 0, training: false };
  const { losses } = kernel.forward(spec, inputs);
  expectClose(await one.read(losses), [4 * 60 + 4 * Math.log(3)], 1e-6, 'loss');
});

it.each([
  ['targets', [1, 4], 'cpu: a label of row 1 is 4; expected a whole number from 0 to 3'],
  ['lengths', [3, 2.5], 'cpu: the number of frames of row 1 is 2.5; expected a whole number from 0 to 3'],
  ['targetLengths', [-1, 1], 'cpu: the number of labels of row 0 is -1; expected a whole number from 0 to 1'],
])('refuses %s that would reach memory outside an array', (name, values, message) => {
  const upload = (data: readonly number[], ...shape: number[]) => one.upload(Float32Array.from(data), shape);
  const before = one.memory().tensors;
  const inputs = {
    logits: upload(new Array(24).fill(0), 3, 2, 4),
    targets: upload([1, 2], 2, 1),
    lengths: upload([3, 3], 2),
    targetLengths: upload([1, 1], 2),
  };
  const wrong = upload(values, ...(name === 'targets' ? [2, 1] : [2]));
  const spec = { time: 3, batch: 2, classes: 4, labels: 1, blank: 0, training: true };
  const kernel = one.fused?.ctc as CtcKernel;
  expect(() => kernel.forward(spec, { ...inputs, [name]: wrong })).toThrow(new DataError(message));
  for (const x of [...Object.values(inputs), wrong]) one.free(x);
  expect(one.memory().tensors).toBe(before);
});
