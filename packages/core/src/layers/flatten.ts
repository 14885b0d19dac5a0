import { ShapeError } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Layer } from './layer.js';
import { describeShape, requireSequence } from './shapes.js';
import { validSteps } from './steps.js';

/**
 * Concatenates all steps of a row: [batch, time, features] → [batch, time · features], with zeros past a row's length.
 * @throws OptionError if any option is set, because the layer has none
 */
export function flatten(options: Record<string, never> = {}): Layer<'flatten', object> {
  checkOptions('flatten', options, {});
  return {
    kind: 'flatten',
    options: {},
    build(input) {
      const { time, features } = requireSequence('flatten', input);
      if (time === null)
        throw new ShapeError(`flatten takes a sequence of fixed time, not ${describeShape(input)}`);
      return {
        outputShape: { kind: 'vector', features: time * features },
        parameters: {},
        wholeSequence: 'flatten needs all steps at once',
        apply(tape, { value, lengths }) {
          const [T, B, F] = value.shape;
          if (T !== time) throw new ShapeError(`flatten takes ${time} steps, not ${T}`);
          const valid = lengths
            ? tape.select(validSteps(tape, lengths.rows, T), value, tape.fill([1], 0))
            : value;
          return { outputs: [{ value: tape.reshape(tape.transpose(valid, [1, 0, 2]), [B, T * F]) }] };
        },
      };
    },
  };
}
