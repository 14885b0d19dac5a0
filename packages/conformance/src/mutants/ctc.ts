/* Fused CTC losses that are wrong. */
import type { Tape, Tensor } from '@recurra/core';
import type { CtcInputs, CtcSpec } from '@recurra/core/backend';
import { type CtcComposition, composeCtc, ctcKernel } from './baseline-sequences.js';
import { type CtcRules, ctcByRules } from './ctc-by-rules.js';
import { detached, fused, validSteps } from './kernels.js';
import { compute, type Mutant, roundTo } from './mutant.js';

export const ctcMutant = (
  name: string,
  what: string,
  forward: CtcComposition,
  differentiated = forward,
  first = 'gradients/ctc',
): Mutant =>
  fused(`ctc: ${name}`, what, first, (right) => ({ ctc: ctcKernel(right, forward, differentiated) }));

const rules = (name: string, what: string, changed: Partial<CtcRules>): Mutant =>
  ctcMutant(name, what, ctcByRules(changed));

/** Other inputs. */
const inputs = (
  name: string,
  what: string,
  change: (tape: Tape, inputs: CtcInputs, spec: CtcSpec) => Partial<CtcInputs>,
): Mutant =>
  ctcMutant(name, what, (tape, spec, args) =>
    composeCtc(tape, spec, { ...args, ...change(tape, args, spec) }),
  );

/** The losses changed. */
const losses = (
  name: string,
  what: string,
  change: (tape: Tape, losses: Tensor, inputs: CtcInputs, spec: CtcSpec) => Tensor,
): Mutant =>
  ctcMutant(name, what, (tape, spec, args) => change(tape, composeCtc(tape, spec, args), args, spec));

const paths: Mutant[] = [
  rules('skip over the blank of a repeat', 'the blank between two equal labels may be left out', {
    skips: (isLabel) => isLabel,
  }),
  rules('skip from blank to blank', 'a label may be left out', {
    skips: (isLabel, differs) => !isLabel || differs,
  }),
  rules('no skips', 'there must be a blank between any two labels', { skips: () => false }),
  rules('starts with a blank', 'a path must start with a blank', { starts: [true, false] }),
  rules('starts with a label', 'a path must start with a label', { starts: [false, true] }),
  rules('ends with a label', 'the state of the last blank is left out of the sum', { ends: [false, true] }),
  rules('ends with a blank', 'the state of the last label is left out of the sum', { ends: [true, false] }),
  rules('the best path', 'the largest probability of a path is taken instead of their sum', {
    add: (tape, logs) => logs.reduce((a, b) => tape.maximum(a, b)),
  }),
  rules('no softmax', 'the logits are taken as the logarithms of probabilities', {
    log: (_, logits) => logits,
  }),
  rules('log of softmax plus 1e-7', 'a small probability is replaced by another', {
    log: (tape, logits) => tape.log(tape.affine(tape.softmax(logits), 1, 1e-7)),
  }),
  rules('probabilities that underflow', 'the logarithm of the softmax is infinite if the softmax is 0', {
    log: (tape, logits) => tape.log(tape.softmax(logits)),
  }),
];

const another =
  (blank: (spec: CtcSpec) => number): CtcComposition =>
  (tape, spec, args) =>
    composeCtc(tape, { ...spec, blank: blank(spec) }, args);

const arguments_: Mutant[] = [
  ctcMutant(
    'blank 0',
    'the first class is always the blank',
    another(() => 0),
  ),
  ctcMutant(
    'blank last',
    'the last class is always the blank',
    another(({ classes }) => classes - 1),
  ),
  inputs('no lengths', 'every row is read to its last frame', (tape, { lengths }, { time }) => ({
    lengths: tape.fill(lengths.shape, time),
  })),
  inputs('lengths of the first row', 'all rows have as many frames as the first', (tape, { lengths }) => ({
    lengths: tape.add(tape.affine(lengths, 0), tape.slice(lengths, [0], [1])),
  })),
  inputs('the last frame left out', 'rows are read to the frame before their last', (tape, { lengths }) => ({
    lengths: tape.affine(lengths, 1, -1),
  })),
  inputs(
    'no target lengths',
    'the padding of the targets is read as labels',
    (tape, { targetLengths }, { labels }) => ({
      targetLengths: tape.fill(targetLengths.shape, labels),
    }),
  ),
  inputs('the last label left out', 'rows have one label fewer', (tape, { targetLengths }) => ({
    targetLengths: tape.relu(tape.affine(targetLengths, 1, -1)),
  })),
  inputs(
    'targets of the first row',
    'all rows have the targets of the first',
    (tape, { targets }, { labels }) => ({
      targets: tape.add(tape.affine(targets, 0), tape.slice(targets, [0, 0], [1, labels])),
    }),
  ),
];

const results: Mutant[] = [
  losses('a mean of labels', 'the loss is divided by the number of labels', (tape, y, { targetLengths }) =>
    tape.div(y, tape.maximum(targetLengths, tape.fill([1], 1))),
  ),
  losses('a mean of frames', 'the loss is divided by the number of frames', (tape, y, { lengths }) =>
    tape.div(y, tape.maximum(lengths, tape.fill([1], 1))),
  ),
  losses('base 2', 'the loss is in bits', (tape, y) => tape.affine(y, Math.LOG2E)),
  losses('a loss of no frames', 'a row without frames has a large loss', (tape, y, { lengths }) =>
    tape.select(lengths, y, tape.fill([1], 1e5)),
  ),
  losses('half precision', 'the losses are rounded to 11 bits', (tape, y) => roundTo(11, tape, y)),
];

const gradient = (name: string, what: string, differentiated: CtcComposition): Mutant =>
  ctcMutant(`gradient: ${name}`, what, composeCtc, differentiated);

/** Other gradients of the losses. */
const dLosses = (name: string, what: string, change: (tape: Tape, dLosses: Tensor) => Tensor): Mutant =>
  fused(`ctc: gradient: ${name}`, what, 'gradients/ctc', (right, { ctc }) => ({
    ctc: {
      ...ctc,
      backward(spec, args, outputs, given) {
        const other = compute(right, (tape) => tape.affine(change(tape, given), 1));
        const result = ctc.backward(spec, args, outputs, other);
        right.free(other);
        return result;
      },
    },
  }));

const gradients: Mutant[] = [
  dLosses('dLosses are 1', 'the gradients of the losses are ignored', (tape, given) =>
    tape.fill(given.shape, 1),
  ),
  dLosses('dLosses of the first row', 'all rows have the gradient of the first', (tape, given) =>
    tape.add(tape.affine(given, 0), tape.slice(given, [0], [1])),
  ),
  dLosses('a mean', 'it is divided by the number of rows', (tape, given) =>
    tape.affine(given, 1 / given.shape[0]),
  ),
  gradient('without the softmax', 'it is that of the logarithms of the probabilities', (tape, spec, args) => {
    const { logits } = args;
    const constant = tape.sub(detached(tape, tape.logSoftmax(logits)), detached(tape, logits));
    return ctcByRules({ log: (tape, x) => tape.add(x, constant) })(tape, spec, args);
  }),
  gradient('of the best path', 'it follows the best path alone', (tape, spec, args) =>
    ctcByRules({ add: (tape, logs) => logs.reduce((a, b) => tape.maximum(a, b)) })(tape, spec, args),
  ),
  gradient('past the lengths', 'it is not zero in frames of padding', (tape, spec, args) => {
    const valid = validSteps(tape, args.lengths, spec.time) as Tensor;
    const past = tape.sum(tape.mul(tape.affine(valid, -1, 1), tape.logSoftmax(args.logits)), [0, 2]);
    return tape.add(composeCtc(tape, spec, args), tape.reshape(past, [spec.batch]));
  }),
  gradient(
    'without the last blank',
    'the paths that end with a blank have none',
    ctcByRules({ ends: [false, true] }),
  ),
  gradient(
    'over repeats',
    'the blank between two equal labels may be left out in backward',
    ctcByRules({ skips: (isLabel) => isLabel }),
  ),
];

export const ctcMutants: Mutant[] = [...paths, ...arguments_, ...results, ...gradients];
