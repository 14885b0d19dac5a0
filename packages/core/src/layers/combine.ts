/* Layers that combine several signals into one. */
import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { BuiltLayer, Layer, Lengths, Signal, SignalShape } from './layer.js';
import { describeShape, type NumberKind, requireNumbers, sizesOfStep } from './shapes.js';

/** A layer whose input is a list of signals of the same kind. */
type Combination<Kind extends string> = Layer<Kind, object, readonly NumberKind[], 'same'>;

type NumberShape = Extract<SignalShape, { kind: NumberKind }>;

/**
 * Concatenates the features of several sequences or vectors, in the order of the list: `[…, F₁]`, `[…, F₂]` →
 * `[…, F₁ + F₂]`. Images and frames are concatenated along their channels. Sequences must have the same lengths; a step is
 * masked if it is masked in one of them.
 * @throws OptionError if any option is set, because the layer has none
 */
export function concat(options: Record<string, never> = {}): Combination<'concat'> {
  return combination('concat', options, (shapes) => {
    const widths = shapes.map((shape) => sizesOfStep(shape).at(-1) as number);
    const width = widths.reduce((sum, each) => sum + each, 0);
    const area = sizesOfStep(shapes[0]).slice(0, -1);
    return {
      outputShape:
        'features' in shapes[0] ? { ...shapes[0], features: width } : { ...shapes[0], channels: width },
      combine(tape, values) {
        const batch = values[0].shape.slice(0, -1);
        const pixels = area.reduce((product, size) => product * size, 1);
        if (pixels === 1) return tape.concat(values, batch.length);
        const rows = batch.reduce((product, size) => product * size, 1) * pixels;
        const flat = values.map((value, i) => tape.reshape(value, [rows, widths[i]]));
        return tape.reshape(tape.concat(flat, 1), [...batch, pixels * width]);
      },
    };
  });
}

/**
 * Adds several signals of the same shape element by element: `apply(add(), [a, b])`. Sequences must have the same lengths; a step is masked if it is
 * masked in one of them.
 * @throws OptionError if any option is set, because the layer has none
 */
export function add(options: Record<string, never> = {}): Combination<'add'> {
  return elementwise('add', options, (tape, a, b) => tape.add(a, b));
}

/**
 * Multiplies several signals of the same shape element by element: `apply(multiply(), [a, b])`. Sequences must have the same lengths; a step is masked if it
 * is masked in one of them.
 * @throws OptionError if any option is set, because the layer has none
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
      throw new ShapeError(
        `${kind} needs inputs of the same size, not ${shapes.map(describeShape).join(' and ')}`,
      );
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
      const shapes = inputs.map((input) => requireNumbers(kind, input));
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

/** @throws ShapeError unless the inputs have the same kind, the same number of steps, and the same height and width */
function checkAlike(kind: string, shapes: readonly NumberShape[]): void {
  const [first] = shapes;
  const described = shapes.map(describeShape).join(' and ');
  if (shapes.length === 0) throw new ShapeError(`${kind} needs at least one input`);
  if (shapes.some((shape) => shape.kind !== first.kind)) {
    const both =
      shapes.some((shape) => shape.kind === 'vector') && shapes.some((shape) => shape.kind === 'sequence');
    const hint = both
      ? '; use repeatVector to make a sequence from a vector, or lastStep to make a vector from a sequence'
      : '';
    throw new ShapeError(`${kind} needs inputs of the same kind, not ${described}${hint}`);
  }
  const times = shapes.flatMap((shape) => ('time' in shape ? (shape.time ?? []) : []));
  if (times.some((time) => time !== times[0]))
    throw new ShapeError(`${kind} needs sequences with the same number of steps, not ${described}`);
  const areaOf = (shape: SignalShape) => sizesOfStep(shape).slice(0, -1).join();
  if (shapes.some((shape) => areaOf(shape) !== areaOf(first)))
    throw new ShapeError(`${kind} needs images of the same height and width, not ${described}`);
}

/** @throws ShapeError unless the signals have the same number of steps and rows, and the same lengths */
function checkSteps(kind: string, signals: readonly Signal[]): void {
  const [first] = signals;
  const differs = signals.find(
    ({ value }) => String(value.shape.slice(0, -1)) !== String(first.value.shape.slice(0, -1)),
  );
  if (differs) {
    const [a, b] = [first, differs].map(({ value }) => `[${value.shape.slice(0, -1)}]`);
    throw new ShapeError(`${kind} needs inputs with the same numbers of steps and rows, not ${a} and ${b}`);
  }
  if (first.value.shape.length < 3 || signals.every(({ lengths }) => lengths === first.lengths)) return;
  const [time, batch] = first.value.shape;
  const rowsOf = (lengths: Lengths | undefined) => lengths?.rows ?? new Array<number>(batch).fill(time);
  const all = signals.map(({ lengths }) => rowsOf(lengths));
  const other = all.find((rows) => rows.some((length, row) => length !== all[0][row]));
  if (!other) return;
  const row = other.findIndex((length, at) => length !== all[0][at]);
  throw new ShapeError(
    `${kind} needs sequences of the same lengths; row ${row} has ${all[0][row]} steps in one input and ${other[row]} in another`,
  );
}
