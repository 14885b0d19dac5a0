import { ShapeError } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Layer } from './layer.js';
import { inWords, wantSequence } from './shapes.js';
import { validSteps } from './steps.js';

/**
 * All steps side by side: [batch, time, features] → [batch, time · features]; zeros past a row's length.
 * @throws OptionError for any option: it has none
 */
export function flatten(options: Record<string, never> = {}): Layer<'flatten', object> {
  checkOptions('flatten', options, {});
  return {
    kind: 'flatten',
    options: {},
    build(input) {
      const { time, features } = wantSequence('flatten', input);
      if (time === null)
        throw new ShapeError(`flatten takes a sequence of a known time, not ${inWords(input)}`);
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
          return { outputs: [{ value: tape.reshape(tape.transpose(valid, [1, 0, 2]), [B, T * F]) }] };
        },
      };
    },
  };
}
