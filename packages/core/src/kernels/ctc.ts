import type { CtcInputs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/**
 * The logarithm of a probability of 0. It is finite, because not every backend has infinities, and small enough that any
 * sum with the logarithm of a probability in float32 is still the logarithm of 0.
 */
const logZero = -1e30;

/**
 * Computes −log p(labels) of each row, [B], by connectionist temporal classification (Graves et al. 2006), with the
 * backend's fused kernel or, if it declines, with a composition of required operations. The gradient with respect to the
 * logits is 0 in frames past a row's length.
 *
 * @param inputs rows whose labels can be aligned: see `CtcInputs`
 * @param blank the class that stands for no label
 */
export function ctcLosses(tape: Tape, inputs: CtcInputs, blank: number): Tensor {
  const { logits, targets } = inputs;
  const [time, batch, classes] = logits.shape;
  if (time === 0) return tape.fill([batch], 0);
  const [, labels] = targets.shape;
  const spec = { time, batch, classes, labels, blank, training: tape.watches(logits) };
  const kernel = tape.kernel('ctc', spec);
  if (!kernel) return composed(tape, inputs, blank);
  const outputs = kernel.forward(spec, inputs);
  tape.record(
    [logits],
    [outputs.losses],
    ([dLosses]) => tape.ownAll([kernel.backward(spec, inputs, outputs, dLosses as Tensor)]),
    outputs.saved,
  );
  return outputs.losses;
}

/**
 * The forward variables α of equation 6 in logarithms, for all rows and all S = 2L + 1 states together: state 2i is the
 * blank before label i, and state 2i + 1 is label i. Before the first frame only state 0 is possible.
 *
 * Each step subtracts the largest α of a row and adds it to the loss instead. It is a constant for the gradient.
 */
function composed(tape: Tape, inputs: CtcInputs, blank: number): Tensor {
  const { logits, lengths, targetLengths } = inputs;
  const [T, B] = logits.shape;
  const states = statesOf(tape, inputs.targets, blank);
  const [S] = states.shape;
  const remaining = tape.sub(tape.reshape(lengths, [1, B]), indices(tape, [T, 1]));
  const within = tape.step(remaining);
  const ends = endsOf(tape, targetLengths, S);
  // Without this, a frame of padding that is NaN would cause NaN in its gradient.
  const read = tape.select(tape.reshape(within, [T, B, 1]), logits, tape.fill([1], 0));
  const emissions = emissionsOf(tape, read, states, ends.reachable);
  const from = Array.from({ length: 3 }, (_, jump) =>
    Array.from({ length: S }, (_, s) => (s < jump ? s : s - jump)),
  ).flat();
  const sources = tape.constant(from, [3 * S]);
  const transitions = transitionsOf(tape, states, sources);

  let alpha = tape.concat([tape.fill([1, B], 0), tape.fill([S - 1, B], logZero)], 0);
  const alphas: Tensor[] = [];
  const shifts: Tensor[] = [];
  for (const emission of tape.split(emissions, new Array(T).fill(1), 0)) {
    const paths = tape.add(tape.reshape(tape.gather(alpha, sources), [3, S, B]), transitions);
    const largest = maximum(tape, paths, 0);
    const shift = maximum(tape, largest, 1);
    const sums = tape.sum(tape.exp(tape.sub(paths, largest)), [0]);
    const next = tape.add(tape.add(tape.log(sums), tape.sub(largest, shift)), emission);
    alpha = tape.reshape(next, [S, B]);
    alphas.push(next);
    shifts.push(shift);
  }

  const isLast = tape.affine(tape.step(tape.abs(tape.affine(remaining, 1, -1))), -1, 1);
  const last = tape.sum(tape.mul(tape.concat(alphas, 0), tape.reshape(isLast, [T, 1, B])), [0]);
  const possible = tape.select(ends.final, tape.reshape(last, [S, B]), tape.fill([1], logZero));
  const largest = maximum(tape, possible, 0);
  const logSum = tape.log(tape.sum(tape.exp(tape.sub(possible, largest)), [0]));
  const shifted = tape.sum(tape.mul(within, tape.reshape(tape.concat(shifts, 0), [T, B])), [0]);
  return tape.reshape(tape.affine(tape.add(tape.add(logSum, largest), shifted), -1), [B]);
}

/** The class of each state, [S, B]: the labels of each row with a blank before, between and after them. */
function statesOf(tape: Tape, targets: Tensor, blank: number): Tensor {
  const [B, L] = targets.shape;
  const labels = tape.reshape(tape.transpose(targets, [1, 0]), [L, 1, B]);
  const pairs = tape.concat([tape.fill([L, 1, B], blank), labels], 1);
  return tape.concat([tape.reshape(pairs, [2 * L, B]), tape.fill([1, B], blank)], 0);
}

/**
 * Masks [S, B] of states: `reachable` is 1 in those of a row's labels, and `final` in those with which its labels may
 * end: its last label and the blank after it.
 */
function endsOf(tape: Tape, targetLengths: Tensor, S: number): { reachable: Tensor; final: Tensor } {
  const past = tape.sub(
    indices(tape, [S, 1]),
    tape.affine(tape.reshape(targetLengths, [1, targetLengths.shape[0]]), 2),
  );
  const reachable = tape.step(tape.affine(past, -1, 0.5));
  return { reachable, final: tape.mul(reachable, tape.step(tape.affine(past, 1, 1.5))) };
}

/** The logarithm of the probability of each state's class in each frame, [T, S, B]. */
function emissionsOf(tape: Tape, logits: Tensor, states: Tensor, reachable: Tensor): Tensor {
  const [T, B, C] = logits.shape;
  const [S] = states.shape;
  const byClass = tape.reshape(tape.transpose(tape.logSoftmax(logits), [1, 2, 0]), [B * C, T]);
  const rows = tape.add(states, tape.affine(indices(tape, [1, B]), C));
  const ofStates = tape.transpose(tape.gather(byClass, tape.reshape(rows, [S * B])), [1, 0]);
  return tape.select(reachable, tape.reshape(ofStates, [T, S, B]), tape.fill([1], logZero));
}

/**
 * The transitions into each state, [3, S, B]: from itself, from the state before, and from the state two before. The
 * elements are 0 or, if there is no such transition, {@link logZero}. States have no transition from a state of the same
 * class, so the blank between two equal labels cannot be skipped, and neither can a label.
 */
function transitionsOf(tape: Tape, states: Tensor, sources: Tensor): Tensor {
  const [S, B] = states.shape;
  const before = tape.reshape(tape.gather(states, sources), [3, S, B]);
  const isOther = tape.step(tape.abs(tape.sub(states, before)));
  const allowed = tape.add(isOther, tape.constant([1, 0, 0], [3, 1, 1]));
  return tape.select(allowed, tape.fill([1], 0), tape.fill([1], logZero));
}

/** The largest elements along an axis, which have no gradient. */
function maximum(tape: Tape, x: Tensor, axis: number): Tensor {
  return tape.own(tape.backend.max(x, [axis]));
}

/** The numbers 0, 1, 2 … */
function indices(tape: Tape, shape: readonly [number, number]): Tensor {
  return tape.constant(
    Array.from({ length: shape[0] * shape[1] }, (_, i) => i),
    shape,
  );
}
