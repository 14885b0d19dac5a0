/* Where the masks of Keras 3 go: an Embedding or a Masking makes one, and most layers pass it on. */
import { type Node, UnsupportedError } from '@recurra/core';
import type { KerasLayer } from './topology.js';

/** Whether a tensor is masked. 'reversed': after a layer with go_backwards, whose outputs Keras reverses, but not the mask. */
export type Mask = boolean | 'reversed';

/** Layers that do not pass a mask on in Keras 3. */
const endMasks = new Set([
  'Conv1D',
  'Conv2D',
  'MaxPooling1D',
  'GlobalMaxPooling1D',
  'GlobalAveragePooling1D',
  'Flatten',
  'Reshape',
]);
/** Layers that use a mask. */
const useMasks = new Set(['SimpleRNN', 'LSTM', 'GRU', 'Bidirectional', 'GlobalAveragePooling1D']);

/**
 * The mask of a layer's output.
 * @throws UnsupportedError where Keras combines masks, or uses one that it has not reversed with the outputs
 */
export function afterLayer(
  { className, config }: KerasLayer,
  masks: readonly Mask[],
  [x]: readonly Node[],
): Mask {
  const mask = masks.find(Boolean) ?? false;
  if (mask !== false && masks.length > 1)
    throw new UnsupportedError(`${config.owner}: masks are not supported in a layer of several inputs`);
  if (mask === 'reversed' && useMasks.has(className)) {
    throw new UnsupportedError(
      `${config.owner}: a mask after a layer with go_backwards is not supported, because Keras does not reverse it`,
    );
  }
  if (className === 'Masking' || (className === 'Embedding' && config.boolean('mask_zero', false)))
    return true;
  if (!mask || endMasks.has(className) || (x.shape.kind !== 'sequence' && x.shape.kind !== 'tokens'))
    return false;
  if (useMasks.has(className) && !returnsSequences(config)) return false;
  return className !== 'Bidirectional' && config.get('go_backwards') === true ? 'reversed' : mask;
}

function returnsSequences(config: KerasLayer['config']): boolean {
  const inner = config.get('layer');
  const own = typeof inner === 'object' && inner !== null ? (inner as { config?: object }).config : undefined;
  const options = own as { return_sequences?: unknown } | undefined;
  return (options ? options.return_sequences : config.get('return_sequences')) === true;
}
