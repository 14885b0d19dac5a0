/* What layers ask of their input's shape. */
import { ShapeError } from '../errors.js';
import type { SignalShape } from './layer.js';

/** A shape in words: `a sequence [time, 8]`. */
export function inWords(shape: SignalShape): string {
  if (shape.kind === 'vector') return `a vector [${shape.features}]`;
  const time = shape.time ?? 'time';
  return shape.kind === 'indices' ? `indices [${time}]` : `a sequence [${time}, ${shape.features}]`;
}

/** @throws ShapeError unless `input` is a sequence */
export function wantSequence(layer: string, input: SignalShape): Extract<SignalShape, { kind: 'sequence' }> {
  if (input.kind !== 'sequence')
    throw new ShapeError(`${layer} takes a sequence [time, features], not ${inWords(input)}`);
  return input;
}

/** @throws ShapeError unless `input` is a vector */
export function wantVector(layer: string, input: SignalShape): Extract<SignalShape, { kind: 'vector' }> {
  if (input.kind !== 'vector')
    throw new ShapeError(`${layer} takes a vector [features], not ${inWords(input)}`);
  return input;
}

/** @throws ShapeError unless `input` has features: a sequence or a vector */
export function wantFeatures(layer: string, input: SignalShape): Exclude<SignalShape, { kind: 'indices' }> {
  if (input.kind === 'indices')
    throw new ShapeError(`${layer} takes features, not ${inWords(input)}; put an embedding first`);
  return input;
}
