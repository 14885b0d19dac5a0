/* Convolutions and pooling in model.py. Images are [.., height, width, channels]. */
import type { BuiltInLayer, SignalShape } from '@recurra/core';
import { stepSizes } from '../ports.js';

type OptionsOf<Kind extends BuiltInLayer['kind']> = Extract<BuiltInLayer, { readonly kind: Kind }>['options'];
type Size = number | readonly number[];

/** Pads x with zeros before and after its steps. */
export function conv1dPadding({ kernelSize, strides, padding }: OptionsOf<'conv1d'>): string[] {
  if (padding === 'causal') return [`x = nn.functional.pad(x, (0, 0, ${kernelSize - 1}, 0))`];
  if (padding !== 'same') return [];
  return paddingOverTime(kernelSize, strides, '0');
}

/** The module, and the line that runs it. */
export function conv2dLines(
  name: string,
  { filters, kernelSize, strides, padding, bias }: OptionsOf<'conv2d'>,
  shape: SignalShape,
): [module: string, ...forward: string[]] {
  const channels = stepSizes(shape).at(-1);
  const options = `(${pair(kernelSize).join(', ')}), stride=(${pair(strides).join(', ')})`;
  return [
    `nn.Conv2d(${channels}, ${filters}, ${options}${bias ? '' : ', bias=False'})`,
    ...(padding === 'same' ? [`x = ${padded('x', kernelSize, strides, shape)}`] : []),
    `x = on_images(${name}, x)`,
  ];
}

export function pooling2dLines(
  kind: 'maxPooling2d' | 'averagePooling2d',
  { poolSize, strides, padding }: OptionsOf<'maxPooling2d'>,
  shape: SignalShape,
): string[] {
  const options = `(${pair(poolSize).join(', ')}), (${pair(strides).join(', ')})`;
  const name = kind === 'maxPooling2d' ? 'max_pool2d' : 'avg_pool2d';
  const pool = (x: string) => `on_images(lambda x: nn.functional.${name}(x, ${options}), ${x})`;
  if (padding === 'valid') return [`x = ${pool('x')}`];
  if (kind === 'maxPooling2d') return [`x = ${pool(padded('x', poolSize, strides, shape, '-math.inf'))}`];
  // Only the pixels inside the image count.
  const share = pool(padded('torch.ones_like(x)', poolSize, strides, shape));
  return [`x = ${pool(padded('x', poolSize, strides, shape))} / ${share}`];
}

export function pooling1dLines({ poolSize, strides, padding }: OptionsOf<'maxPooling1d'>): string[] {
  return [
    ...(padding === 'same' ? paddingOverTime(poolSize, strides, '-math.inf') : []),
    `x = nn.functional.max_pool1d(x.transpose(1, 2), ${poolSize}, ${strides}).transpose(1, 2)`,
  ];
}

function paddingOverTime(size: number, stride: number, value: string): string[] {
  return [
    `missing = max(0, (x.shape[1] - 1) // ${stride} * ${stride} + ${size} - x.shape[1])`,
    `x = nn.functional.pad(x, (0, 0, missing // 2, missing - missing // 2)${value === '0' ? '' : `, value=${value}`})`,
  ];
}

/** x with the padding 'same' above, below, left and right. */
function padded(x: string, size: Size, strides: Size, shape: SignalShape, value = '0'): string {
  const [down, across] = [0, 1].map((axis) => {
    const [length, window, stride] = [stepSizes(shape)[axis], pair(size)[axis], pair(strides)[axis]];
    const missing = Math.max(0, (Math.ceil(length / stride) - 1) * stride + window - length);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  });
  return `nn.functional.pad(${x}, (0, 0, ${[...across, ...down].join(', ')})${value === '0' ? '' : `, value=${value}`})`;
}

function pair(size: Size): readonly number[] {
  return typeof size === 'number' ? [size, size] : size;
}
