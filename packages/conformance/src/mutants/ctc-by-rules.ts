/* The CTC losses, composed with rules that mutants change. */
import type { Tape, Tensor } from '@recurra/core';
import type { CtcInputs, CtcSpec } from '@recurra/core/backend';
import type { CtcComposition } from './baseline-sequences.js';
import { validSteps } from './kernels.js';

/** The states of a row are its labels with a blank before, between and after them: the blanks are even. */
export interface CtcRules {
  /** True if a path may go from the state two before to a state; `differs`: their classes are not the same. */
  readonly skips: (isLabel: boolean, differs: boolean) => boolean;
  /** True if a path may start with the first blank, and with the first label. */
  readonly starts: readonly [blank: boolean, label: boolean];
  /** True if a path may end with the last blank, and with the last label. */
  readonly ends: readonly [blank: boolean, label: boolean];
  /** The logarithm of the sum of some exponentials. */
  readonly add: (tape: Tape, logs: readonly Tensor[]) => Tensor;
  /** The logarithms of the probabilities. */
  readonly log: (tape: Tape, logits: Tensor) => Tensor;
}

const logZero = -1e30;

function logSum(tape: Tape, logs: readonly Tensor[]): Tensor {
  const most = logs.reduce((a, b) => tape.maximum(a, b));
  const parts = logs.map((x) => tape.exp(tape.sub(x, most)));
  return tape.add(most, tape.log(parts.reduce((a, b) => tape.add(a, b))));
}

const RIGHT: CtcRules = {
  skips: (isLabel, differs) => isLabel && differs,
  starts: [true, true],
  ends: [true, true],
  add: logSum,
  log: (tape, logits) => tape.logSoftmax(logits),
};

/** The forward variables, step by step, with some of the right rules replaced. */
export function ctcByRules(changed: Partial<CtcRules>): CtcComposition {
  const rules = { ...RIGHT, ...changed };
  return (tape, spec, inputs) => {
    const { time, batch, labels } = spec;
    const S = 2 * labels + 1;
    const classes = classesOf(tape, spec, inputs);
    const skip = skipsOf(tape, classes, rules);
    const emissions = emissionsOf(tape, classes, rules.log(tape, inputs.logits));
    const valid = tape.split(validSteps(tape, inputs.lengths, time) as Tensor, new Array(time).fill(1), 0);
    const shifted = (x: Tensor, by: number) =>
      tape.concat([tape.fill([batch, by], logZero), tape.slice(x, [0, 0], [batch, S - by])], 1);
    // Before the first frame: a virtual state from which the allowed starts are reached.
    const begin = [...rules.starts, ...new Array(S - 2).fill(false)].map((may) => (may ? 0 : logZero));
    let alpha = tape.add(tape.fill([batch, S], 0), tape.constant(begin, [1, S]));
    const steps = tape.split(emissions, new Array(time).fill(1), 0);
    for (const [t, emission] of steps.entries()) {
      const from = t === 0 ? [alpha] : [alpha, shifted(alpha, 1), tape.add(shifted(alpha, 2), skip)];
      const next = tape.add(
        from.length > 1 ? rules.add(tape, from) : alpha,
        tape.reshape(emission, [batch, S]),
      );
      alpha = tape.select(tape.reshape(valid[t], [batch, 1]), next, alpha);
    }
    const ends = [rules.ends[0] ? 0 : [], rules.ends[1] ? -1 : []].flat();
    const parts = ends.map((offset) => at(tape, alpha, inputs.targetLengths, offset));
    const losses = parts.length > 1 ? rules.add(tape, parts) : parts[0];
    // A row without frames has no labels, and its only path has probability 1.
    return tape.affine(tape.mul(tape.reshape(losses, [batch]), tape.step(inputs.lengths)), -1);
  };
}

/** The class of each state, [B, S]. */
function classesOf(tape: Tape, { batch, labels, blank }: CtcSpec, { targets }: CtcInputs): Tensor {
  const column = tape.reshape(targets, [batch, labels, 1]);
  const pairs = tape.concat([tape.fill([batch, labels, 1], blank), column], 2);
  return tape.concat([tape.reshape(pairs, [batch, 2 * labels]), tape.fill([batch, 1], blank)], 1);
}

/** 0 at the states to which a path may skip, else the logarithm of 0: [B, S]. */
function skipsOf(tape: Tape, classes: Tensor, { skips }: CtcRules): Tensor {
  const [batch, S] = classes.shape;
  const before = tape.concat([tape.fill([batch, 2], -1), tape.slice(classes, [0, 0], [batch, S - 2])], 1);
  const differs = tape.step(tape.abs(tape.sub(classes, before)));
  const table = (other: boolean) =>
    tape.constant(
      Array.from({ length: S }, (_, s) => (s > 1 && skips(s % 2 === 1, other) ? 0 : logZero)),
      [1, S],
    );
  return tape.select(differs, table(true), table(false));
}

/** The logarithm of the probability of each state's class in each frame, [T, B, S]. */
function emissionsOf(tape: Tape, classes: Tensor, logs: Tensor): Tensor {
  const [time, batch, C] = logs.shape;
  const [, S] = classes.shape;
  const all = tape.constant(
    Array.from({ length: C }, (_, c) => c),
    [1, 1, C],
  );
  const isOther = tape.step(tape.abs(tape.sub(tape.reshape(classes, [batch, S, 1]), all)));
  const oneHot = tape.affine(isOther, -1, 1);
  const product = tape.matmul(tape.transpose(logs, [1, 0, 2]), oneHot, { transposeB: true });
  return tape.reshape(tape.transpose(product, [1, 0, 2]), [time, batch, S]);
}

/** alpha at the last blank (offset 0) or the last label (−1) of each row, [B, 1]; without labels, the log of 0 for −1. */
function at(tape: Tape, alpha: Tensor, targetLengths: Tensor, offset: number): Tensor {
  const [batch, S] = alpha.shape;
  const states = tape.constant(
    Array.from({ length: S }, (_, s) => s),
    [1, S],
  );
  const index = tape.affine(tape.reshape(targetLengths, [batch, 1]), 2, offset);
  const isOther = tape.step(tape.abs(tape.sub(states, index)));
  const chosen = tape.select(isOther, tape.fill([1], 0), alpha);
  const found = tape.sub(tape.fill([1], 1), tape.step(tape.affine(index, -1)));
  const value = tape.reshape(tape.sum(chosen, [1]), [batch, 1]);
  return offset === 0 ? value : tape.select(found, value, tape.fill([1], logZero));
}
