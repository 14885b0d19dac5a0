import { sizeOf } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { checkOptions, custom, positiveInteger } from '../options.js';
import type { Layer, SignalShape } from './layer.js';
import { describeShape, type NumberKind, requireNumbers, sizeOfStep } from './shapes.js';

/** The shape of a row, or of a step: [features], [time, features], [height, width, channels], or [time, height, width, channels]. */
export type ReshapeTarget =
  | readonly [features: number]
  | readonly [time: number, features: number]
  | readonly [height: number, width: number, channels: number]
  | readonly [time: number, height: number, width: number, channels: number];

export interface ReshapeOptions<Target extends ReshapeTarget = ReshapeTarget> {
  /** The new shape, without the batch; one size may be −1 and is then computed from the others, as in Keras. */
  readonly target: Target;
}

/** The kind of the output, by the kind of the input and the number of sizes in the target. */
interface Results {
  1: { vector: 'vector'; image: 'vector'; sequence: 'sequence'; frames: 'sequence' };
  2: { vector: 'sequence'; image: 'sequence' };
  3: { vector: 'image'; image: 'image'; sequence: 'frames'; frames: 'frames' };
  4: { vector: 'frames'; image: 'frames' };
}

/**
 * Gives a signal another shape; the numbers stay in row-major order. A vector or an image becomes a vector [features], a sequence [time,
 * features], an image [height, width, channels], or frames [time, height, width, channels]. A sequence or frames keep their
 * steps, lengths and mask; each step becomes [features] or [height, width, channels].
 * @throws OptionError for a target that is not a valid shape
 */
export function reshape<const Target extends ReshapeTarget>(
  options: ReshapeOptions<Target>,
): Layer<'reshape', ReshapeOptions<Target>, NumberKind, Results[Target['length']]> {
  const checked = checkOptions('reshape', options, {
    target: custom<Target>('one to four positive whole numbers, of which one may be −1', isTarget),
  });
  return {
    kind: 'reshape',
    options: checked,
    build(input) {
      const outputShape = reshaped(requireNumbers('reshape', input), checked.target);
      return {
        outputShape,
        parameters: {},
        apply(tape, { value }) {
          const rows = value.shape.slice(0, -1);
          if ('time' in input || !('time' in outputShape))
            return { output: { value: tape.reshape(value, [...rows, sizeOfStep(outputShape)]) } };
          const steps = tape.reshape(value, [...rows, outputShape.time as number, sizeOfStep(outputShape)]);
          return { output: { value: tape.transpose(steps, [1, 0, 2]) } };
        },
      };
    },
  };
}

function isTarget(target: unknown): boolean {
  return (
    Array.isArray(target) &&
    target.length >= 1 &&
    target.length <= 4 &&
    target.every((size) => size === -1 || positiveInteger.accepts(size)) &&
    target.filter((size) => size === -1).length <= 1
  );
}

/** Returns the shape of the output. @throws ShapeError if the target has another number of elements */
function reshaped(input: SignalShape, target: ReshapeTarget): SignalShape {
  const whole = sizeOfStep(input);
  const known = sizeOf(target.filter((size) => size !== -1));
  const sizes = target.map((size) => (size === -1 ? Math.floor(whole / known) : size));
  if (sizeOf(sizes) !== whole)
    throw new ShapeError(
      `reshape: ${describeShape(input)} has ${whole} numbers${'time' in input ? ' a step' : ''}, which do not fit into [${target}]`,
    );
  if ('time' in input) {
    const { time } = input;
    if (sizes.length === 1) return { kind: 'sequence', time, features: sizes[0] };
    if (sizes.length === 3) return { kind: 'frames', time, ...pixels(sizes) };
    throw new ShapeError(
      `reshape: each step of ${describeShape(input)} becomes [features] or [height, width, channels], not [${target}]`,
    );
  }
  const [first, second] = sizes;
  if (sizes.length === 1) return { kind: 'vector', features: first };
  if (sizes.length === 2) return { kind: 'sequence', time: first, features: second };
  if (sizes.length === 3) return { kind: 'image', ...pixels(sizes) };
  return { kind: 'frames', time: first, ...pixels(sizes.slice(1)) };
}

function pixels([height, width, channels]: readonly number[]) {
  return { height, width, channels };
}
