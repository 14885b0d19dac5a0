import { UnsupportedError } from '../errors.js';
import { show } from '../options.js';
import type { BuiltLayer, Layer } from './layer.js';

/**
 * Every parameter is trained. A layer, cell or parameter that says otherwise is refused, and not trained all the same.
 * @throws UnsupportedError where `value.trainable` is anything but true
 */
export function checkTrainable(what: string, value: object): void {
  const { trainable } = value as { readonly trainable?: unknown };
  if (trainable === undefined || trainable === true) return;
  throw new UnsupportedError(
    `${what}: trainable is ${show(trainable)}, but parameters that are not trained are not supported`,
  );
}

/** {@link checkTrainable} of a layer and of each of its parameters. */
export function checkLayerTrainable(what: string, layer: Layer, built: BuiltLayer): void {
  checkTrainable(what, layer);
  checkTrainable(what, built);
  for (const [name, parameter] of Object.entries(built.parameters))
    checkTrainable(`${what}: ${name}`, parameter);
}
