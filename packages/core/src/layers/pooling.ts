import type { Tensor } from '../contract/tensor.js';
import { checkOptions } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { Layer } from './layer.js';
import { requireSequence } from './shapes.js';
import { validSteps } from './steps.js';

/**
 * Computes the mean of each feature over the valid steps that are not masked: [batch, time, features] → [batch,
 * features]. A row without such steps gives 0.
 * @throws OptionError if any option is set, because the layer has none
 */
export function meanOverTime(
  options: Record<string, never> = {},
): Layer<'meanOverTime', object, 'sequence', 'vector'> {
  return pooling('meanOverTime', options, (tape, x, lengths, mask) => {
    const [T, B] = x.shape;
    const valid = mask ? tape.reshape(mask, [T, B, 1]) : validSteps(tape, lengths, T);
    const one = tape.fill([1], 1);
    const sum = tape.sum(tape.select(valid, x, tape.fill([1], 0)), [0]);
    return tape.div(sum, tape.maximum(tape.sum(valid, [0]), one));
  });
}

/**
 * Computes the maximum of each feature over the valid steps: [batch, time, features] → [batch, features]. A row without
 * valid steps gives 0.
 * @throws OptionError if any option is set, because the layer has none
 */
export function maxOverTime(
  options: Record<string, never> = {},
): Layer<'maxOverTime', object, 'sequence', 'vector'> {
  return pooling('maxOverTime', options, (tape, x, lengths) => {
    const [T, B] = x.shape;
    const valid = tape.select(validSteps(tape, lengths, T), x, tape.fill([1], Number.NEGATIVE_INFINITY));
    const some = tape.constant(
      Float32Array.from(lengths, (length) => (length > 0 ? 1 : 0)),
      [1, B, 1],
    );
    return tape.select(some, tape.max(valid, [0]), tape.fill([1], 0));
  });
}

function pooling<Kind extends string>(
  kind: Kind,
  options: Record<string, never>,
  pool: (tape: Tape, x: Tensor, lengths: readonly number[], mask: Tensor | undefined) => Tensor,
): Layer<Kind, object, 'sequence', 'vector'> {
  checkOptions(kind, options, {});
  return {
    kind,
    options: {},
    build(input) {
      const { features } = requireSequence(kind, input);
      return {
        outputShape: { kind: 'vector', features },
        parameters: {},
        wholeSequence: `${kind} needs all steps at once`,
        apply(tape, { value, lengths, mask }) {
          const [T, B] = value.shape;
          const rows = lengths?.rows ?? new Array(B).fill(T);
          return { output: { value: tape.reshape(pool(tape, value, rows, mask), [B, features]) } };
        },
      };
    },
  };
}
