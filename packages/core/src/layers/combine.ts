/* Several signals of fitting shapes made one. */
import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { BuiltLayer, Layer, Lengths, Signal, SignalShape } from './layer.js';
import { inWords, type NumberKind, sizesOfStep, wantNumbers } from './shapes.js';

/** A layer of any number of inputs of one kind. */
type Combination<Kind extends string> = Layer<Kind, object, readonly NumberKind[], 'same'>;

type NumberShape = Extract<SignalShape, { kind: NumberKind }>;

/**
 * The features of several signals side by side, in the order of the list: sequences of as many steps, or vectors,
 * `[…, F₁]`, `[…, F₂]` → `[…, F₁ + F₂]`. Of images and frames the channels are joined. Sequences must have the same lengths;
 * a step is masked where one of them masks it.
 * @throws OptionError for any option: it has none
 */
export function concat(options: Record<string, never> = {}): Combination<'concat'> {
  return combination('concat', options, (shapes) => {
    const widths = shapes.map((shape) => sizesOfStep(shape).at(-1) as number);
    const width = widths.reduce((sum, each) => sum + each, 0);
    const places = sizesOfStep(shapes[0]).slice(0, -1);
    return {
      outputShape:
        'features' in shapes[0] ? { ...shapes[0], features: width } : { ...shapes[0], channels: width },
      combine(tape, values) {
        const batch = values[0].shape.slice(0, -1);
        const pixels = places.reduce((product, size) => product * size, 1);
        if (pixels === 1) return tape.concat(values, batch.length);
        const rows = batch.reduce((product, size) => product * size, 1) * pixels;
        const flat = values.map((value, i) => tape.reshape(value, [rows, widths[i]]));
        return tape.reshape(tape.concat(flat, 1), [...batch, pixels * width]);
      },
    };
  });
}

/**
 * The sum of several signals of the same shape, element by element. Sequences must have the same lengths; a step is masked
 * where one of them masks it.
 * @throws OptionError for any option: it has none
 */
export function add(options: Record<string, never> = {}): Combination<'add'> {
  return elementwise('add', options, (tape, a, b) => tape.add(a, b));
}

/**
 * The product of several signals of the same shape, element by element. Sequences must have the same lengths; a step is
 * masked where one of them masks it.
 * @throws OptionError for any option: it has none
 */
export function multiply(options: Record<string, never> = {}): Combination<'multiply'> {
  return elementwise('multiply', options, (tape, a, b) => tape.mul(a, b));
}

function elementwise<Kind extends string>(
  kind: Kind,
  options: Record<string, never>,
  operation: (tape: Tape, a: Tensor, b: Tensor) => Tensor,
): Combination<Kind> {
  return combination(kind, options, (shapes) => {
    const [first] = shapes;
    const differs = shapes.some((shape) => sizesOfStep(shape).at(-1) !== sizesOfStep(first).at(-1));
    if (differs)
      throw new ShapeError(`${kind} takes inputs of the same size, not ${shapes.map(inWords).join(' and ')}`);
    return {
      outputShape: first,
      combine: (tape, values) => values.reduce((a, b) => operation(tape, a, b)),
    };
  });
}

function combination<Kind extends string>(
  kind: Kind,
  options: Record<string, never>,
  build: (shapes: readonly NumberShape[]) => {
    outputShape: SignalShape;
    combine: (tape: Tape, values: readonly Tensor[]) => Tensor;
  },
): Combination<Kind> {
  checkOptions(kind, options, {});
  return {
    kind,
    options: {},
    inputs: 'list',
    build(inputs): BuiltLayer<readonly NumberKind[]> {
      const shapes = inputs.map((input) => wantNumbers(kind, input));
      checkAlike(kind, shapes);
      const { outputShape, combine } = build(shapes);
      const time = shapes
        .map((shape) => ('time' in shape ? shape.time : null))
        .find((steps) => steps !== null);
      return {
        outputShape: 'time' in outputShape ? { ...outputShape, time: time ?? null } : outputShape,
        parameters: {},
        apply(tape, signals) {
          checkSteps(kind, signals);
          const lengths = signals.find((signal) => signal.lengths)?.lengths;
          const masks = signals.flatMap(({ mask }) => mask ?? []);
          const mask = masks.length > 0 ? masks.reduce((a, b) => tape.mul(a, b)) : undefined;
          const values = signals.map(({ value }) => value);
          return { output: { value: combine(tape, values), lengths, mask } };
        },
      };
    },
  };
}

/** @throws ShapeError unless the inputs are of one kind, with the same number of steps and all sizes but the last the same */
function checkAlike(kind: string, shapes: readonly NumberShape[]): void {
  const [first] = shapes;
  const given = shapes.map(inWords).join(' and ');
  if (shapes.length === 0) throw new ShapeError(`${kind} takes at least one input`);
  if (shapes.some((shape) => shape.kind !== first.kind)) {
    const both =
      shapes.some((shape) => shape.kind === 'vector') && shapes.some((shape) => shape.kind === 'sequence');
    const hint = both ? '; repeatVector makes a sequence of a vector, lastStep a vector of a sequence' : '';
    throw new ShapeError(`${kind} takes inputs of one kind, not ${given}${hint}`);
  }
  const times = shapes.flatMap((shape) => ('time' in shape ? (shape.time ?? []) : []));
  if (times.some((time) => time !== times[0]))
    throw new ShapeError(`${kind} takes sequences of as many steps, not ${given}`);
  const places = (shape: SignalShape) => sizesOfStep(shape).slice(0, -1).join();
  if (shapes.some((shape) => places(shape) !== places(first)))
    throw new ShapeError(`${kind} takes images of the same height and width, not ${given}`);
}

/** @throws ShapeError unless the signals have as many steps and rows, and the same lengths */
function checkSteps(kind: string, signals: readonly Signal[]): void {
  const [first] = signals;
  const differs = signals.find(
    ({ value }) => String(value.shape.slice(0, -1)) !== String(first.value.shape.slice(0, -1)),
  );
  if (differs) {
    const [a, b] = [first, differs].map(({ value }) => `[${value.shape.slice(0, -1)}]`);
    throw new ShapeError(`${kind} takes inputs of as many steps and rows, not ${a} and ${b}`);
  }
  if (first.value.shape.length < 3 || signals.every(({ lengths }) => lengths === first.lengths)) return;
  const [time, batch] = first.value.shape;
  const rowsOf = (lengths: Lengths | undefined) => lengths?.rows ?? new Array<number>(batch).fill(time);
  const all = signals.map(({ lengths }) => rowsOf(lengths));
  const other = all.find((rows) => rows.some((length, row) => length !== all[0][row]));
  if (!other) return;
  const row = other.findIndex((length, at) => length !== all[0][at]);
  throw new ShapeError(
    `${kind} takes sequences of the same lengths; row ${row} has ${all[0][row]} steps in one input and ${other[row]} in another`,
  );
}
