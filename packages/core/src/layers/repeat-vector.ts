import { checkOptions, positiveInteger } from '../options.js';
import type { Layer } from './layer.js';
import { requireVector } from './shapes.js';

export interface RepeatVectorOptions {
  /** The number of steps in the output sequence. */
  readonly n: number;
}

/**
 * Repeats a vector as a sequence of `n` equal steps: [batch, features] → [batch, n, features].
 * @throws OptionError unless `n` is a positive whole number
 */
export function repeatVector(
  options: RepeatVectorOptions,
): Layer<'repeatVector', RepeatVectorOptions, 'vector', 'sequence'> {
  const checked = checkOptions('repeatVector', options, { n: positiveInteger });
  const { n } = checked;
  return {
    kind: 'repeatVector',
    options: checked,
    build(input) {
      const { features } = requireVector('repeatVector', input);
      return {
        outputShape: { kind: 'sequence', time: n, features },
        parameters: {},
        wholeSequence: 'repeatVector outputs a whole sequence for each input',
        apply(tape, { value }) {
          const [batch] = value.shape;
          const once = tape.reshape(value, [1, batch, features]);
          return { output: { value: tape.add(tape.fill([n, 1, 1], 0), once) } };
        },
      };
    },
  };
}
