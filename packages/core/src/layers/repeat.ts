import { checkValue, positiveInteger } from '../options.js';
import type { Layer } from './layer.js';
import { wantVector } from './shapes.js';

/**
 * A vector at each of `times` steps: [batch, features] → [batch, times, features].
 * @throws OptionError unless `times` is a positive whole number
 */
export function repeat(times: number): Layer {
  checkValue('repeat: times', times, positiveInteger);
  return {
    kind: 'repeat',
    options: { times },
    build(input) {
      const { features } = wantVector('repeat', input);
      return {
        outputShape: { kind: 'sequence', time: times, features },
        parameters: {},
        wholeSequence: 'repeat makes a whole sequence of its input',
        apply(tape, { value }) {
          const [batch] = value.shape;
          const once = tape.reshape(value, [1, batch, features]);
          return { outputs: [{ value: tape.add(tape.fill([times, 1, 1], 0), once) }] };
        },
      };
    },
  };
}
