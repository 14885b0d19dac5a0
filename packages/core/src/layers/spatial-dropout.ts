import { ShapeError } from '../errors.js';
import { checkOptions, fraction } from '../options.js';
import { dropoutMask } from './dropout-mask.js';
import type { Layer, SignalShape } from './layer.js';
import { describeShape, sizesOfStep } from './shapes.js';

export interface SpatialDropoutOptions {
  /** The fraction of the features or channels to drop, from 0 to below 1. */
  readonly rate: number;
}

/**
 * Drops whole features of a sequence (at all steps), or whole channels of an image or of frames (at all pixels and steps)
 * during training. They are drawn independently for each row (Tompson et al. 2015).
 * @throws OptionError for a rate outside [0, 1)
 */
export function spatialDropout(
  options: SpatialDropoutOptions,
): Layer<'spatialDropout', SpatialDropoutOptions, 'sequence' | 'image' | 'frames', 'same'> {
  const checked = checkOptions('spatialDropout', options, { rate: fraction });
  const { rate } = checked;
  return {
    kind: 'spatialDropout',
    options: checked,
    build(input) {
      const channels = channelsOf(input);
      return {
        outputShape: input,
        parameters: {},
        apply(tape, signal, { training, random }) {
          if (!training || rate === 0) return { output: signal };
          const { shape } = signal.value;
          const [time, batch] = 'time' in input ? shape : [1, shape[0]];
          const mask = dropoutMask(tape, random('mask'), rate, [1, batch, 1, channels]);
          const pixels = shape[shape.length - 1] / channels;
          const x = tape.reshape(signal.value, [time, batch, pixels, channels]);
          return { output: { value: tape.reshape(tape.mul(x, mask), shape) } };
        },
      };
    },
  };
}

/** @throws ShapeError for what has neither time nor height and width */
function channelsOf(input: SignalShape): number {
  if (input.kind === 'vector' || input.kind === 'tokens')
    throw new ShapeError(
      `spatialDropout takes a sequence, an image or frames, not ${describeShape(input)}; use dropout`,
    );
  return sizesOfStep(input)[sizesOfStep(input).length - 1];
}
