/* Checks of a layer's input shape. */
import { ShapeError } from '../errors.js';
import type { SignalShape } from './layer.js';

/** Describes a shape for error messages: `a sequence [time, 8]`. */
export function describeShape(shape: SignalShape): string {
  if (shape.kind === 'vector') return `a vector [${shape.features}]`;
  const time = shape.time ?? 'time';
  return shape.kind === 'indices' ? `indices [${time}]` : `a sequence [${time}, ${shape.features}]`;
}

/** @throws ShapeError unless `input` is a sequence */
export function requireSequence(
  layer: string,
  input: SignalShape,
): Extract<SignalShape, { kind: 'sequence' }> {
  if (input.kind !== 'sequence')
    throw new ShapeError(`${layer} takes a sequence [time, features], not ${describeShape(input)}`);
  return input;
}

/** @throws ShapeError unless `input` is a vector */
export function requireVector(layer: string, input: SignalShape): Extract<SignalShape, { kind: 'vector' }> {
  if (input.kind !== 'vector')
    throw new ShapeError(`${layer} takes a vector [features], not ${describeShape(input)}`);
  return input;
}

/** @throws ShapeError unless `input` is a sequence or a vector */
export function requireFeatures(
  layer: string,
  input: SignalShape,
): Exclude<SignalShape, { kind: 'indices' }> {
  if (input.kind === 'indices')
    throw new ShapeError(`${layer} takes features, not ${describeShape(input)}; put an embedding first`);
  return input;
}
