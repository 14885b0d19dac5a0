import type { Tensor } from '../contract/tensor.js';
import { checkOptions, oneOf, optional } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { asPair, ImageWindows, onImages, type Resolved2d, type Size2d, size2d } from './image-windows.js';
import type { Layer } from './layer.js';
import { requireImages } from './shapes.js';
import type { Outside } from './windows.js';

/** The options of {@link maxPooling2d} and {@link averagePooling2d}. */
export interface Pooling2dOptions {
  /** The height and width of a window, in pixels: one number for both, or [height, width]. Default 2. */
  readonly poolSize?: Size2d;
  /** The step from one window to the next, in pixels: one number for both, or [down, across]. Default: `poolSize`. */
  readonly strides?: Size2d;
  /** 'valid': only where a window fits; 'same': ⌈size / strides⌉ windows, cut off at the edges. Default 'valid'. */
  readonly padding?: 'valid' | 'same';
}

type ResolvedPooling2d = Resolved2d<Pooling2dOptions, 'poolSize' | 'strides'>;

/**
 * Computes the maximum of each channel in each window: an image [batch, height, width, channels] → [batch, height', width',
 * channels]. It is applied to each step of frames. Equal maxima share the gradient. Options and defaults are Keras 3's.
 * @throws OptionError for an unknown option or an invalid value
 */
export function maxPooling2d(
  options: Pooling2dOptions = {},
): Layer<'maxPooling2d', ResolvedPooling2d, 'image' | 'frames', 'same'> {
  return pooling2d('maxPooling2d', options, 'nearest', (tape, pixels) => tape.max(pixels, [0]));
}

/**
 * Computes the mean of each channel in each window: an image [batch, height, width, channels] → [batch, height', width',
 * channels]. It is applied to each step of frames. With 'same', only pixels inside the image count. Options and defaults are Keras 3's.
 * @throws OptionError for an unknown option or an invalid value
 */
export function averagePooling2d(
  options: Pooling2dOptions = {},
): Layer<'averagePooling2d', ResolvedPooling2d, 'image' | 'frames', 'same'> {
  return pooling2d('averagePooling2d', options, 'nothing', (tape, pixels, windows) => {
    const shares = windows.pixelCounts().map((count) => 1 / count);
    return tape.mul(tape.sum(pixels, [0]), tape.constant(shares, [1, windows.count, 1, 1]));
  });
}

/** @param pool [window's pixels, windows, channels, N] → [1, windows, channels, N] */
function pooling2d<Kind extends string>(
  kind: Kind,
  options: Pooling2dOptions,
  outside: Outside,
  pool: (tape: Tape, pixels: Tensor, windows: ImageWindows) => Tensor,
): Layer<Kind, ResolvedPooling2d, 'image' | 'frames', 'same'> {
  const checked = checkOptions(kind, options, {
    poolSize: optional(size2d, 2),
    strides: optional(size2d),
    padding: optional(oneOf('valid', 'same'), 'valid'),
  });
  const { padding } = checked;
  const size = asPair(checked.poolSize);
  const strides = asPair(checked.strides ?? size);
  return {
    kind,
    options: { poolSize: size, strides, padding },
    build(input) {
      const image = requireImages(kind, input);
      const windows = new ImageWindows(kind, image, { size, strides, padding }, outside);
      const { height, width } = windows;
      const { channels } = image;
      return {
        outputShape: { ...image, height, width },
        parameters: {},
        apply: (tape, { value }) => ({
          output: {
            value: onImages(tape, value, (x) => {
              const pooled = pool(tape, windows.pixels(tape, x), windows);
              return tape.transpose(tape.reshape(pooled, [windows.count * channels, x.shape[0]]), [1, 0]);
            }),
          },
        }),
      };
    },
  };
}
