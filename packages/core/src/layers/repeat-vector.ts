import { checkOptions, positiveInteger } from '../options.js';
import type { Layer } from './layer.js';
import { wantVector } from './shapes.js';

export interface RepeatVectorOptions {
  /** How many steps the sequence has. */
  readonly n: number;
}

/**
 * A sequence that has the vector at each of its `n` steps: [batch, features] → [batch, n, features].
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
      const { features } = wantVector('repeatVector', input);
      return {
        outputShape: { kind: 'sequence', time: n, features },
        parameters: {},
        wholeSequence: 'repeatVector makes a whole sequence of its input',
        apply(tape, { value }) {
          const [batch] = value.shape;
          const once = tape.reshape(value, [1, batch, features]);
          return { output: { value: tape.add(tape.fill([n, 1, 1], 0), once) } };
        },
      };
    },
  };
}
