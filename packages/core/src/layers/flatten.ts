import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { checkOptions } from '../options.js';
import type { BuiltLayer, Layer, SignalShape } from './layer.js';
import { describeShape, sizeOfStep } from './shapes.js';
import { validSteps } from './steps.js';

/**
 * Returns all numbers of a row as one vector. A sequence [batch, time, features] becomes a vector [batch, time · features], with
 * zeros past a row's length; an image becomes a vector [batch, height · width · channels]. Each step
 * of frames is flattened, and they become a sequence [batch, time, height · width · channels].
 * @throws OptionError if any option is set, because the layer has none
 */
export function flatten(
  options: Record<string, never> = {},
): Layer<
  'flatten',
  object,
  'sequence' | 'image' | 'frames',
  { sequence: 'vector'; image: 'vector'; frames: 'sequence' }
> {
  checkOptions('flatten', options, {});
  return {
    kind: 'flatten',
    options: {},
    build(input) {
      if (input.kind === 'sequence') return flattenSequence(input);
      // An image lies flat already.
      const asItIs = {
        parameters: {},
        apply: (_: unknown, { value }: { value: Tensor }) => ({ output: { value } }),
      };
      const features = sizeOfStep(input);
      if (input.kind === 'image') return { outputShape: { kind: 'vector', features }, ...asItIs };
      if (input.kind === 'frames')
        return { outputShape: { kind: 'sequence', time: input.time, features }, ...asItIs };
      throw new ShapeError(`flatten takes a sequence, an image or frames, not ${describeShape(input)}`);
    },
  };
}

function flattenSequence(input: Extract<SignalShape, { kind: 'sequence' }>): BuiltLayer {
  const { time, features } = input;
  if (time === null)
    throw new ShapeError(`flatten takes a sequence of a known time, not ${describeShape(input)}`);
  return {
    outputShape: { kind: 'vector', features: time * features },
    parameters: {},
    wholeSequence: 'flatten looks at all steps together',
    apply(tape, { value, lengths }) {
      const [T, B, F] = value.shape;
      if (T !== time) throw new ShapeError(`flatten takes ${time} steps, not ${T}`);
      const valid = lengths
        ? tape.select(validSteps(tape, lengths.rows, T), value, tape.fill([1], 0))
        : value;
      return { output: { value: tape.reshape(tape.transpose(valid, [1, 0, 2]), [B, T * F]) } };
    },
  };
}
