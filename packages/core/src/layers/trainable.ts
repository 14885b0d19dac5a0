import { UnsupportedError } from '../errors.js';
import { show } from '../options.js';
import type { BuiltLayer, Layer } from './layer.js';

/**
 * Rejects a layer, cell or parameter that is marked as not trainable, because every parameter is trained.
 * @throws UnsupportedError if `value.trainable` is set and not true
 */
export function checkTrainable(what: string, value: object): void {
  const { trainable } = value as { readonly trainable?: unknown };
  if (trainable === undefined || trainable === true) return;
  throw new UnsupportedError(
    `${what}: trainable is ${show(trainable)}, but frozen parameters are not supported`,
  );
}

/** Calls {@link checkTrainable} for a layer and for each of its parameters. */
export function checkLayerTrainable(what: string, layer: Layer, built: BuiltLayer): void {
  checkTrainable(what, layer);
  checkTrainable(what, built);
  for (const [name, parameter] of Object.entries(built.parameters))
    checkTrainable(`${what}: ${name}`, parameter);
}
