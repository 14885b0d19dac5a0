/* Golden vectors of single layers as goldens/README.md describes them: parsed, and every field checked. */
import {
  averagePooling2d,
  batchNorm,
  conv2d,
  type Layer,
  maxPooling1d,
  maxPooling2d,
  type SignalShape,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { Fields, Weights } from './golden-fields.js';
import type { Values } from './numbers.js';

/** The functions that make the layers of goldens, by kind. */
export const goldenLayers = { conv2d, maxPooling2d, averagePooling2d, maxPooling1d, batchNorm };

export interface LayerGolden {
  readonly type: 'layer';
  readonly name: string;
  readonly kind: keyof typeof goldenLayers;
  readonly options: object;
  readonly shape: SignalShape;
  readonly training: boolean;
  readonly lengths: readonly number[] | null;
  readonly weights: Weights;
  readonly dWeights: Weights;
  readonly buffers: Weights;
  /** Null: they stay. */
  readonly newBuffers: Weights | null;
  /** As layers have it: [T, B, size] or [B, size]. */
  readonly x: Values;
  readonly y: Values;
  readonly dy: Values;
  readonly dx: Values;
}

export function layerGolden(fields: Fields): LayerGolden {
  fields.optional('source', () => fields.string('source'));
  const name = fields.string('name');
  const kind = fields.oneOf('kind', Object.keys(goldenLayers) as LayerGolden['kind'][]);
  const options = fields.any('options') as object;
  const signal = fields.oneOf('signal', ['vector', 'sequence', 'image', 'frames'] as const);
  const training = fields.oneOf('training', [true, false]);
  const rank = { vector: 2, sequence: 3, image: 4, frames: 5 }[signal];
  const xShape = fields.shape('x', rank);
  const shape = shapeOf(signal, xShape);
  const steps = 'time' in shape ? xShape[0] : 0;
  const lengths = fields.lengths('lengths', xShape[steps > 0 ? 1 : 0], steps);

  const layer: Layer = goldenLayers[kind](options as never);
  const { parameters, buffers = {}, outputShape } = layer.build(shape);
  const shapesOf = (declared: Readonly<Record<string, { shape: readonly number[] }>>) =>
    Object.fromEntries(Object.entries(declared).map(([key, { shape }]) => [key, shape]));
  const time = 'time' in outputShape ? [outputShape.time as number] : [];
  const batch = xShape[time.length];
  const yShape = [...time, batch, ...sizesOf(outputShape)];
  const flat = (field: string, shape: readonly number[], leading: number): Values => {
    const { data } = fields.tensor(field, shape);
    return { data, shape: [...shape.slice(0, leading), sizeOf(shape.slice(leading))] };
  };
  const leading = time.length + 1;
  return {
    type: 'layer',
    ...{ name, kind, options, shape, training, lengths },
    weights: fields.tensors('weights', shapesOf(parameters)),
    dWeights: fields.tensors('dWeights', shapesOf(parameters)),
    buffers: fields.tensors('buffers', shapesOf(buffers)),
    newBuffers: fields.any('newBuffers') === null ? null : fields.tensors('newBuffers', shapesOf(buffers)),
    x: flat('x', xShape, leading),
    dx: flat('dx', xShape, leading),
    y: flat('y', yShape, leading),
    dy: flat('dy', yShape, leading),
  };
}

function shapeOf(signal: 'vector' | 'sequence' | 'image' | 'frames', x: readonly number[]): SignalShape {
  const [height, width, channels] = x.slice(-3);
  switch (signal) {
    case 'vector':
      return { kind: signal, features: x[1] };
    case 'sequence':
      return { kind: signal, time: x[0], features: x[2] };
    case 'image':
      return { kind: signal, height, width, channels };
    case 'frames':
      return { kind: signal, time: x[0], height, width, channels };
  }
}

function sizesOf(shape: SignalShape): readonly number[] {
  if ('features' in shape) return [shape.features];
  return 'height' in shape ? [shape.height, shape.width, shape.channels] : [];
}
