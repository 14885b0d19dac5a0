import { ShapeError } from '../errors.js';
import { checkOptions, oneOf, optional, positiveInteger } from '../options.js';
import type { Layer } from './layer.js';
import { requireSequence } from './shapes.js';
import { lengthsOf, pickSteps } from './steps.js';
import { windowCount, windowElements } from './windows.js';

/** The options of {@link maxPooling1d}. */
export interface MaxPooling1dOptions {
  /** The number of steps in a window. Default 2. */
  readonly poolSize?: number;
  /** The number of steps from the start of one window to the start of the next. Default: `poolSize`. */
  readonly strides?: number;
  /** 'valid': only where a window fits; 'same': ⌈time / strides⌉ windows, cut off at the ends. Default 'valid'. */
  readonly padding?: 'valid' | 'same';
}

/**
 * Computes the maximum of each feature in each window over time: [batch, time, features] → [batch, time', features]. Each row is
 * pooled as if it were as long as its length, so padding changes nothing; its new length is its number of windows, and the
 * output past it is zero. The mask is dropped. Options and defaults are Keras 3's.
 * @throws OptionError for an unknown option or an invalid value
 */
export function maxPooling1d(
  options: MaxPooling1dOptions = {},
): Layer<'maxPooling1d', Required<MaxPooling1dOptions>, 'sequence', 'sequence'> {
  const { poolSize, padding, ...rest } = checkOptions('maxPooling1d', options, {
    poolSize: optional(positiveInteger, 2),
    strides: optional(positiveInteger),
    padding: optional(oneOf('valid', 'same'), 'valid'),
  });
  const strides = rest.strides ?? poolSize;
  const sliding = { size: poolSize, stride: strides, padding };
  const outputs = (length: number) => windowCount(length, sliding);
  return {
    kind: 'maxPooling1d',
    options: { poolSize, strides, padding },
    build(input) {
      const { time, features } = requireSequence('maxPooling1d', input);
      if (time !== null && outputs(time) === 0)
        throw new ShapeError(`maxPooling1d: a window of ${poolSize} steps does not fit into ${time}`);
      return {
        outputShape: { kind: 'sequence', time: time === null ? null : outputs(time), features },
        parameters: {},
        wholeSequence: 'maxPooling1d looks at several steps together',
        apply(tape, { value, lengths }) {
          const [T, B] = value.shape;
          const count = outputs(T);
          const picked = pickSteps(tape, value, (row) =>
            windowElements(lengths?.rows[row] ?? T, sliding, 'nearest', count),
          );
          const largest = tape.max(tape.reshape(picked, [count, poolSize, B, features]), [1]);
          return {
            output: {
              value: tape.reshape(largest, [count, B, features]),
              lengths: lengths && lengthsOf(tape, lengths.rows.map(outputs)),
              mask: undefined,
            },
          };
        },
      };
    },
  };
}
