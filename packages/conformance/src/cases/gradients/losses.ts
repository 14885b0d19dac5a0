/* The values and gradients of the losses, also with padding and label weights. */
import { type LossConfig, resolveLoss, type Tape, type Tensor } from '@recurra/core';
import { equalsReference, provesGradients } from '../../finite-differences.js';
import { random, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';

const group = 'gradients/losses';
const LABEL_WEIGHTS = [0.5, 2, 1.25];
const FEATURES = 3;

type Target = number | readonly number[];

interface Problem {
  readonly name: string;
  readonly config: LossConfig;
  /** The activation of the model's output. */
  readonly end?: 'softmax' | 'sigmoid';
  /** The target of one row. */
  readonly target: (row: number) => Target;
  /** The loss of one row, computed from the input of the activation. */
  readonly definition: (row: readonly number[], target: Target) => number;
  readonly weight?: (target: Target) => number;
}

const logSoftmax = (row: readonly number[]) => {
  const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
  return row.map((value) => value - Math.log(total));
};
const crossEntropy = (row: readonly number[], target: Target) => {
  const shares = typeof target === 'number' ? row.map((_, label) => (label === target ? 1 : 0)) : target;
  return -logSoftmax(row).reduce((sum, value, label) => sum + shares[label] * value, 0);
};
const weighted = (row: readonly number[], target: Target) => {
  if (typeof target === 'number') return LABEL_WEIGHTS[target] * crossEntropy(row, target);
  return crossEntropy(
    row,
    target.map((share, label) => share * LABEL_WEIGHTS[label]),
  );
};
const weightOf = (target: Target) =>
  typeof target === 'number'
    ? LABEL_WEIGHTS[target]
    : target.reduce((sum, share, label) => sum + share * LABEL_WEIGHTS[label], 0);
const binary = (row: readonly number[], target: Target) =>
  meanOf(row, target, (z, y) => Math.log1p(Math.exp(z)) - y * z);
const meanOf = (row: readonly number[], target: Target, f: (value: number, target: number) => number) =>
  row.reduce((sum, value, i) => sum + f(value, (target as readonly number[])[i]), 0) / row.length;

const label = (row: number) => (row * 2) % 3;
const oneHot = (row: number) => [0, 1, 2].map((i) => (i === label(row) ? 1 : 0));
const soft = (row: number) => (row % 2 === 0 ? [0.25, 0.5, 0.25] : [0.125, 0.125, 0.75]);
const yesNo = (row: number) => [0, 1, 2].map((i) => ((row + i) % 3 === 0 ? 1 : 0));
const numbers = (row: number) => random([FEATURES], row + 40).data;

const PROBLEMS: readonly Problem[] = [
  {
    name: 'crossEntropy, classes',
    config: 'crossEntropy',
    end: 'softmax',
    target: label,
    definition: crossEntropy,
  },
  {
    name: 'crossEntropy, one-hot',
    config: 'crossEntropy',
    end: 'softmax',
    target: oneHot,
    definition: crossEntropy,
  },
  {
    name: 'crossEntropy, soft',
    config: 'crossEntropy',
    end: 'softmax',
    target: soft,
    definition: crossEntropy,
  },
  {
    name: 'crossEntropy, classes, fromLogits',
    config: { kind: 'crossEntropy', fromLogits: true },
    target: label,
    definition: crossEntropy,
  },
  ...[label, soft].map(
    (target): Problem => ({
      name: `crossEntropy, ${target === label ? 'classes' : 'soft'}, labelWeights`,
      config: { kind: 'crossEntropy', labelWeights: LABEL_WEIGHTS },
      end: 'softmax',
      target,
      definition: weighted,
      weight: weightOf,
    }),
  ),
  {
    name: 'binaryCrossEntropy',
    config: 'binaryCrossEntropy',
    end: 'sigmoid',
    target: yesNo,
    definition: binary,
  },
  {
    name: 'binaryCrossEntropy, fromLogits',
    config: { kind: 'binaryCrossEntropy', fromLogits: true },
    target: yesNo,
    definition: binary,
  },
  {
    name: 'meanSquaredError',
    config: 'meanSquaredError',
    target: numbers,
    definition: (row, target) => meanOf(row, target, (value, y) => (value - y) ** 2),
  },
  {
    name: 'meanAbsoluteError',
    config: 'meanAbsoluteError',
    target: numbers,
    definition: (row, target) => meanOf(row, target, (value, y) => Math.abs(value - y)),
  },
  ...[1, 0.5].map(
    (delta): Problem => ({
      name: `huber, delta ${delta}`,
      config: { kind: 'huber', delta },
      target: numbers,
      definition: (row, target) =>
        meanOf(row, target, (value, y) => {
          const size = Math.abs(value - y);
          return size <= delta ? size ** 2 / 2 : delta * (size - delta / 2);
        }),
    }),
  ),
];

/**
 * The tested layouts: one output a sample, one at each step, one at each valid step, and no valid step at
 * all.
 */
const LAYOUTS = [
  { suffix: '', batch: 4 },
  { suffix: ', per step', batch: 3, time: 4 },
  { suffix: ', per step, padding masked', batch: 3, time: 4, lengths: [4, 2, 0] },
  { suffix: ', per step, nothing but padding', batch: 2, time: 2, lengths: [0, 0] },
];

const byDefinition: Case[] = PROBLEMS.flatMap((problem) =>
  LAYOUTS.map(({ suffix, ...layout }) => ({
    group,
    name: problem.name + suffix,
    async run(check) {
      const { batch, time = 1, lengths } = layout;
      const rows = random([time * batch, FEATURES], 9, -2, 2);
      // Three steps forward (the activation, the loss of a row, the mean) and three backward.
      const depth = { steps: 6, terms: time * batch * FEATURES };
      const steps = Array.from({ length: batch }, (_, b) => lengths?.[b] ?? time);
      const ys = steps.map((count, b) => {
        const targets = Array.from({ length: count }, (_, t) => problem.target(t * batch + b));
        return layout.time === undefined ? targets[0] : emptied(targets, problem);
      });
      const { compute, encode } = resolveLoss(problem.config);
      const encoded = encode(ys, { ...layout, features: FEATURES });
      const forward = (tape: Tape, x: Readonly<Record<string, Tensor>>) => {
        const prediction = problem.end
          ? { value: tape[problem.end](x.rows), logits: { kind: problem.end, value: x.rows } }
          : { value: x.rows };
        return { loss: compute(tape, prediction, encoded) };
      };

      const expected = { shape: [1], data: [defined(problem, rows, steps)] };
      const tape = check.tape();
      const value = forward(tape, { rows: tape.constant(rows.data, rows.shape) }).loss;
      await check.tensor('loss', value, expected, ofDepth(expected.data, depth, check.precision));
      await provesGradients(check, { variables: { rows }, depth, forward });
    },
  })),
);

/** The log of a probability that underflows to zero is still finite. */
const farApart: Case = {
  group,
  name: 'crossEntropy, logits far apart',
  async run(check) {
    const logits = { shape: [3, 3], data: [0, 1000, -1000, 800, 800, 0, -1000, 0, 1000] };
    const depth = { steps: 6, terms: 9 };
    const { compute, encode } = resolveLoss({ kind: 'crossEntropy', fromLogits: true });
    const encoded = encode([0, 1, 0], { batch: 3, features: 3 });
    const forward = (tape: Tape, { rows }: Readonly<Record<string, Tensor>>) => ({
      loss: compute(tape, { value: rows }, encoded),
    });
    const tape = check.tape();
    const { loss: value } = forward(tape, { rows: tape.constant(logits.data, logits.shape) });
    const expected = { shape: [1], data: [(1000 + Math.log(2) + 2000) / 3] };
    await check.tensor('loss', value, expected, ofDepth(expected.data, depth, check.precision));
    await equalsReference(check, { variables: { rows: logits }, depth, forward });
  },
};

export const gradientsOfLosses: Case[] = [...byDefinition, farApart];

/** A row without steps still has a target, which defines the shape. */
function emptied(targets: readonly Target[], { target }: Problem) {
  const isClass = typeof target(0) === 'number';
  const data = Float64Array.from(targets.flat());
  return { data, shape: isClass ? [targets.length] : [targets.length, FEATURES] };
}

/** Σ weight · loss / Σ weight over the valid rows. */
function defined(
  { target, definition, weight = () => 1 }: Problem,
  rows: Values,
  steps: readonly number[],
): number {
  const batch = steps.length;
  let total = 0;
  let weights = 0;
  for (const [b, count] of steps.entries()) {
    for (let t = 0; t < count; t++) {
      const at = t * batch + b;
      const row = Array.from(rows.data).slice(at * FEATURES, (at + 1) * FEATURES);
      total += definition(row, target(at));
      weights += weight(target(at));
    }
  }
  return weights === 0 ? 0 : total / weights;
}
