import { checkOptions } from '../options.js';
import type { Layer } from './layer.js';
import { requireSequence } from './shapes.js';
import { pickSteps } from './steps.js';

/**
 * Returns the last valid step of each row: [batch, time, features] → [batch, features]. The layer's state is the last
 * valid step so far, so a sequence that is cut into windows gives the same result. A row without any steps gives zeros.
 * @throws OptionError if any option is set, because the layer has none
 */
export function lastStep(
  options: Record<string, never> = {},
): Layer<'lastStep', object, 'sequence', 'vector'> {
  checkOptions('lastStep', options, {});
  return {
    kind: 'lastStep',
    options: {},
    build(input) {
      const { features } = requireSequence('lastStep', input);
      return {
        outputShape: { kind: 'vector', features },
        parameters: {},
        stateSizes: [features],
        apply(tape, { value, lengths }, { state }) {
          const [T, B] = value.shape;
          const last = pickSteps(tape, value, (row) => [(lengths?.rows[row] ?? T) - 1]);
          if (!state || (!lengths && T > 0)) return { output: { value: last }, state: [last] };
          const seen = lengths ? tape.reshape(tape.step(lengths.tensor), [B, 1]) : tape.fill([1, 1], 0);
          const output = tape.select(seen, last, state[0]);
          return { output: { value: output }, state: [output] };
        },
      };
    },
  };
}
