import type { Regularizer } from '../cells/cell.js';
import { type Activation, activation } from '../contract/activation.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, oneOf, optional, positiveInteger } from '../options.js';
import { activated } from './activation.js';
import { asPair, ImageWindows, onImages, type Pair2d, type Size2d, size2d } from './image-windows.js';
import type { Layer } from './layer.js';
import { requireImages } from './shapes.js';
import { type Resolved, regularizer, type TrainableOptions, trainable } from './trainable.js';

/** The options of {@link conv2d}. */
export interface Conv2dOptions extends TrainableOptions {
  /** The number of channels of the output. */
  readonly filters: number;
  /** The height and width of the kernel, in pixels: one number for both, or [height, width]. */
  readonly kernelSize: Size2d;
  /** The step from one output to the next, in pixels: one number for both, or [down, across]. Default 1. */
  readonly strides?: Size2d;
  /** 'valid': only where the kernel fits; 'same': zeros on all sides, ⌈size / strides⌉ outputs. Default 'valid'. */
  readonly padding?: 'valid' | 'same';
  /** The activation function. Default 'linear'. */
  readonly activation?: Activation;
  /** Add a bias for each channel of the output. Default true. */
  readonly bias?: boolean;
  /** The initializer of the kernel. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
  /** The initializer of the bias. Default 'zeros'. */
  readonly biasInitializer?: Initializer;
  /** The penalty on the kernel in the training loss. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** The penalty on the bias in the training loss. Default: none. */
  readonly biasRegularizer?: Regularizer;
}

/** The options of {@link conv2d}, with the defaults filled in, and sizes as pairs. */
type ResolvedConv2dOptions = Omit<Resolved<Conv2dOptions>, 'kernelSize' | 'strides'> &
  Readonly<Record<'kernelSize' | 'strides', Pair2d>>;

/**
 * Convolution over height and width (cross-correlation, as in Keras 3 and PyTorch): an image [batch, height, width, channels]
 * → [batch, height', width', filters]. It is applied to each step of frames. The parameters are `kernel` [kernel height,
 * kernel width, channels, filters] and `bias` [filters]. With 'same' the larger half of an odd padding is below and to the right.
 * @throws OptionError for an unknown option or an invalid value
 */
export function conv2d(
  options: Conv2dOptions,
): Layer<'conv2d', ResolvedConv2dOptions, 'image' | 'frames', 'same'> {
  const checked = checkOptions('conv2d', options, {
    filters: positiveInteger,
    kernelSize: size2d,
    strides: optional(size2d, 1),
    padding: optional(oneOf('valid', 'same'), 'valid'),
    activation: optional(activation, 'linear'),
    bias: optional(boolean, true),
    kernelInitializer: optional(initializer, 'glorotUniform'),
    biasInitializer: optional(initializer, 'zeros'),
    trainable,
    kernelRegularizer: regularizer,
    biasRegularizer: regularizer,
  });
  const { filters, padding } = checked;
  const [size, strides] = [asPair(checked.kernelSize), asPair(checked.strides)];
  return {
    kind: 'conv2d',
    options: { ...checked, kernelSize: size, strides },
    trainable: checked.trainable,
    build(input) {
      const image = requireImages('conv2d', input);
      const { channels } = image;
      const windows = new ImageWindows('conv2d', image, { size, strides, padding }, 'nothing');
      const { height, width } = windows;
      const seen = windows.size * channels;
      return {
        outputShape: { ...image, height, width, channels: filters },
        parameters: {
          kernel: {
            shape: [...size, channels, filters],
            initial: checked.kernelInitializer,
            regularizer: checked.kernelRegularizer,
            int8: 'columns',
          },
          ...(checked.bias && {
            bias: {
              shape: [filters],
              initial: checked.biasInitializer,
              regularizer: checked.biasRegularizer,
            },
          }),
        },
        apply(tape, { value }, { weights: { kernel, bias } }) {
          const convolved = onImages(tape, value, (x) => {
            const N = x.shape[0];
            const pixels = windows.pixels(tape, x);
            // One channel needs no exchange of windows and channels.
            const byChannel = channels === 1 ? pixels : tape.transpose(pixels, [0, 2, 1, 3]);
            const columns = tape.reshape(byChannel, [seen, windows.count * N]);
            const rows = tape.matmul(tape.reshape(kernel, [seen, filters]), columns, { transposeA: true });
            const y = tape.transpose(tape.reshape(rows, [filters, windows.count, N]), [2, 1, 0]);
            return tape.reshape(bias ? tape.add(y, bias) : y, [N, windows.count * filters]);
          });
          return { output: activated(tape, convolved, checked.activation, filters) };
        },
      };
    },
  };
}
