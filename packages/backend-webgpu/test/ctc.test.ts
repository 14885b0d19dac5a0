/* The fused CTC loss against the forward-backward algorithm in float64. */
import type { CtcKernel, CtcSpec } from '@recurra/core/backend';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectClose, missing, numbers, open, titled } from './support.js';

interface Case extends Pick<CtcSpec, 'time' | 'classes' | 'blank'> {
  readonly targets: readonly (readonly number[])[];
  readonly lengths: readonly number[];
}

/** `count` labels other than the blank, with repeats. */
const labels = (count: number, classes: number, blank: number) =>
  Array.from({ length: count }, (_, i) => {
    const label = Math.floor(i / 2 + (i * i) / 7) % (classes - 1);
    return label < blank ? label : label + 1;
  });

const CASES: Record<string, Case> = {
  'one frame': { time: 1, classes: 2, blank: 0, targets: [[1]], lengths: [1] },
  'rows of several lengths, repeats, no labels and no frames': {
    ...{ time: 9, classes: 4, blank: 2, lengths: [9, 7, 5, 4, 0] },
    targets: [[0, 1, 1, 3], [3, 3, 3], [0, 1, 0, 1], [], []],
  },
  // The other row's frames and labels are one to one, so that its path is far from the most probable one.
  'a workgroup in rounds, with large logits': {
    ...{ time: 160, classes: 150, blank: 149, lengths: [160, 80] },
    targets: [labels(70, 150, 149), Array.from({ length: 80 }, (_, i) => (7 * i) % 149)],
  },
  'many frames': { time: 800, classes: 6, blank: 0, targets: [labels(60, 6, 0)], lengths: [800] },
};

const logAdd = (...xs: number[]) => {
  const most = Math.max(...xs);
  return most === -Infinity ? most : most + Math.log(xs.reduce((sum, x) => sum + Math.exp(x - most), 0));
};

/** The losses and the gradient of Σ losses · dLosses. */
function expected({ classes, blank, targets, lengths }: Case, logits: Float32Array, dLosses: number[]) {
  const batch = targets.length;
  const losses = Array<number>(batch).fill(0);
  const dLogits = new Float64Array(logits.length);
  targets.forEach((row, b) => {
    const states = [blank, ...row.flatMap((label) => [label, blank])];
    const steps = lengths[b];
    if (steps === 0) return;
    const at = (t: number) => (t * batch + b) * classes;
    const logs = Array.from({ length: steps }, (_, t) => {
      const frame = Array.from(logits.subarray(at(t), at(t) + classes));
      const total = logAdd(...frame);
      return frame.map((x) => x - total);
    });
    const skips = (s: number) => s >= 2 && states[s] !== blank && states[s] !== states[s - 2];
    const or = (x: number | undefined) => x ?? -Infinity;
    const alphas: number[][] = [];
    for (let t = 0; t < steps; t++) {
      const before = alphas[t - 1];
      alphas.push(
        states.map((label, s) => {
          if (!before) return s < 2 ? logs[t][label] : -Infinity;
          return logs[t][label] + logAdd(before[s], or(before[s - 1]), skips(s) ? before[s - 2] : -Infinity);
        }),
      );
    }
    const logProbability = logAdd(...alphas[steps - 1].slice(-2));
    losses[b] = -logProbability;
    let ahead: number[] | undefined;
    for (let t = steps - 1; t >= 0; t--) {
      const betas = states.map((_, s) => {
        if (!ahead) return s >= states.length - 2 ? 0 : -Infinity;
        return logAdd(ahead[s], or(ahead[s + 1]), skips(s + 2) ? or(ahead[s + 2]) : -Infinity);
      });
      for (let c = 0; c < classes; c++) dLogits[at(t) + c] = dLosses[b] * Math.exp(logs[t][c]);
      states.forEach((label, s) => {
        dLogits[at(t) + label] -= dLosses[b] * Math.exp(alphas[t][s] + betas[s] - logProbability);
      });
      ahead = betas.map((beta, s) => beta + logs[t][states[s]]);
    }
  });
  return { losses, dLogits };
}

describe.skipIf(missing)(titled('the fused CTC loss'), () => {
  test.each(Object.keys(CASES))('equals the forward-backward algorithm: %s', async (name) => {
    const it = CASES[name];
    const { time, classes, blank, targets, lengths } = it;
    const batch = targets.length;
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const kernel = backend.fused.ctc as CtcKernel;
    const most = Math.max(...targets.map(({ length }) => length));
    const spec: CtcSpec = { time, batch, classes, labels: most, blank, training: true };
    const scale = name.includes('large') ? 12 : 3;
    const logits = numbers([time, batch, classes], 1).map((x) => scale * x);
    const poisoned = logits.map((x, i) => {
      const frame = Math.floor(i / classes);
      return frame / batch >= lengths[frame % batch] ? Number.NaN : x;
    });
    const dLosses = targets.map((_, b) => 1 - 0.4 * b);
    const padded = targets.flatMap((row) => [...row, ...Array<number>(most - row.length).fill(blank)]);
    const inputs = {
      logits: backend.upload(poisoned, [time, batch, classes]),
      targets: backend.upload(padded, [batch, most]),
      lengths: backend.upload(lengths, [batch]),
      targetLengths: backend.upload(
        targets.map(({ length }) => length),
        [batch],
      ),
    };
    const outputs = kernel.forward(spec, inputs);
    const dLogits = kernel.backward(spec, inputs, outputs, backend.upload(dLosses, [batch]));
    const withoutSaved = kernel.forward({ ...spec, training: false }, inputs);
    const exact = expected(it, logits, dLosses);
    const losses = await backend.read(outputs.losses);
    expectClose(losses, exact.losses, 1e-6, 'losses');
    expect(await backend.read(withoutSaved.losses)).toEqual(losses);
    expectClose(await backend.read(dLogits), exact.dLogits, 5e-6, 'gradient');
  });

  test('declines states that do not fit in a buffer', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const kernel = backend.fused.ctc as CtcKernel;
    const spec: CtcSpec = { time: 2 ** 16, batch: 64, classes: 9, labels: 500, blank: 0, training: true };
    expect(kernel.declines(spec)).toMatch(
      /^the states of all steps need 33587986432 bytes, but a buffer holds/,
    );
    expect(kernel.declines({ ...spec, training: false })).toBeUndefined();
  });
});
