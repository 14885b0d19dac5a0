/* Checks of a layer's input shape. */
import { sizeOf } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import type { SignalKind, SignalShape } from './layer.js';

/** The kinds of signals that hold numbers and not token ids. */
export type NumberKind = Exclude<SignalKind, 'tokens'>;

/** Describes a shape for error messages: `a sequence [time, 8]`. */
export function describeShape(shape: SignalShape): string {
  const article =
    shape.kind === 'image' ? 'an' : shape.kind === 'vector' || shape.kind === 'sequence' ? 'a' : '';
  const sizes = [...('time' in shape ? [shape.time ?? 'time'] : []), ...sizesOfStep(shape)];
  return `${article} ${shape.kind} [${sizes.join(', ')}]`.trim();
}

/** The axes after batch and time: [features], or [height, width, channels]; none for token ids. */
export function sizesOfStep(shape: SignalShape): readonly number[] {
  if ('features' in shape) return [shape.features];
  return 'height' in shape ? [shape.height, shape.width, shape.channels] : [];
}

/** How many numbers one step of one row has. */
export function sizeOfStep(shape: SignalShape): number {
  return sizeOf(sizesOfStep(shape));
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

/** @throws ShapeError unless `input` has features: a sequence or a vector */
export function requireFeatures(
  layer: string,
  input: SignalShape,
): Extract<SignalShape, { readonly features: number }> {
  if ('features' in input) return input;
  const hint = input.kind === 'tokens' ? 'put an embedding first' : 'put flatten first';
  throw new ShapeError(`${layer} takes features, not ${describeShape(input)}; ${hint}`);
}

/** @throws ShapeError for token ids */
export function requireNumbers(
  layer: string,
  input: SignalShape,
): Extract<SignalShape, { kind: NumberKind }> {
  if (input.kind === 'tokens')
    throw new ShapeError(`${layer} takes numbers, not ${describeShape(input)}; put an embedding first`);
  return input;
}

/** @throws ShapeError unless `input` is an image or frames */
export function requireImages(
  layer: string,
  input: SignalShape,
): Extract<SignalShape, { readonly height: number }> {
  if ('height' in input) return input;
  throw new ShapeError(
    `${layer} takes an image or frames [height, width, channels], not ${describeShape(input)}; put reshape first`,
  );
}
