/* Windows over the height and width of images. */
import { sizeOf, type Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { type Check, custom, positiveInteger } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { SignalShape } from './layer.js';
import { describeShape } from './shapes.js';
import { type Outside, type Sliding, windowCount, windowElements } from './windows.js';

/** The shape of a signal of images. */
export type ImageShape = Extract<SignalShape, { readonly height: number }>;

/** A size along height and one along width. */
export type Pair2d = readonly [height: number, width: number];

/** A size along height and width: one number for both, or [height, width]. */
export type Size2d = number | Pair2d;

/** Options with the defaults filled in, and sizes as pairs. */
export type Resolved2d<Options, Sizes extends keyof Options> = Required<Omit<Options, Sizes>> &
  Readonly<Record<Sizes, Pair2d>>;

/** For {@link checkOptions}: one positive whole number, or two. */
export const size2d: Check<Size2d> = custom('a positive whole number, or two: [height, width]', (value) =>
  Array.isArray(value)
    ? value.length === 2 && value.every(positiveInteger.accepts)
    : positiveInteger.accepts(value),
);

/** Returns the size as a pair. */
export function asPair(size: Size2d): Pair2d {
  return typeof size === 'number' ? [size, size] : size;
}

/** The size, strides and padding of windows over height and width. */
export interface Sliding2d {
  readonly size: Pair2d;
  readonly strides: Pair2d;
  readonly padding: 'valid' | 'same';
}

/** The windows over images of one size. */
export class ImageWindows {
  /** The number of windows along each axis. */
  readonly height: number;
  readonly width: number;
  /** The number of windows. */
  readonly count: number;
  /** The number of pixels in a window. */
  readonly size: number;
  readonly #image: ImageShape;
  /** The index of the pixel at each position (first axis) of each window (second axis); height · width for no pixel. */
  readonly #pixels: Float32Array;

  /**
   * @param layer the layer's kind, for messages
   * @param outside the values past the image's edge: 'nothing' for zeros
   * @throws ShapeError if no window fits into the image
   */
  constructor(layer: string, image: ImageShape, sliding: Sliding2d, outside: Outside) {
    const { size, strides, padding } = sliding;
    const along = (axis: 0 | 1): Sliding => ({ size: size[axis], stride: strides[axis], padding });
    this.height = windowCount(image.height, along(0));
    this.width = windowCount(image.width, along(1));
    this.count = this.height * this.width;
    this.size = sizeOf(size);
    this.#image = image;
    if (this.count === 0)
      throw new ShapeError(
        `${layer}: a window of ${size.join(' × ')} does not fit into ${describeShape(image)}`,
      );
    const rows = windowElements(image.height, along(0), outside);
    const columns = windowElements(image.width, along(1), outside);
    this.#pixels = Float32Array.from({ length: this.size * this.count }, (_, i) => {
      const [position, window] = [Math.floor(i / this.count), i % this.count];
      const row = rows[Math.floor(window / this.width) * size[0] + Math.floor(position / size[1])];
      const column = columns[(window % this.width) * size[1] + (position % size[1])];
      return row < 0 || column < 0 ? image.height * image.width : row * image.width + column;
    });
  }

  /**
   * Returns the pixels of all windows, [window's pixels, windows, channels, N], of images [N, height · width · channels]. The axis
   * of the images is the last one, because backends then copy long runs of numbers.
   */
  pixels(tape: Tape, x: Tensor): Tensor {
    const { height, width, channels } = this.#image;
    const N = x.shape[0];
    const inside = tape.reshape(tape.transpose(x, [1, 0]), [height * width, channels * N]);
    const table = this.#pixels.includes(height * width)
      ? tape.concat([inside, tape.fill([1, channels * N], 0)], 0)
      : inside;
    const pixels = tape.gather(table, tape.constant(this.#pixels, [this.#pixels.length]));
    return tape.reshape(pixels, [this.size, this.count, channels, N]);
  }

  /** Returns the number of pixels of each window that lie in the image, [windows]. */
  pixelCounts(): number[] {
    const counts = new Array<number>(this.count).fill(0);
    const none = this.#image.height * this.#image.width;
    this.#pixels.forEach((pixel, i) => {
      if (pixel !== none) counts[i % this.count] += 1;
    });
    return counts;
  }
}

/** Applies `f` to images [N, height · width · channels]. The frames of a signal are passed as one batch, with all steps together. */
export function onImages(tape: Tape, value: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const leading = value.shape.slice(0, -1);
  const y = f(tape.reshape(value, [sizeOf(leading), value.shape[leading.length]]));
  return tape.reshape(y, [...leading, y.shape[1]]);
}
