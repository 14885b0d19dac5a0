import type { Cell } from '../cells/cell.js';
import { FormatError } from '../errors.js';
import type { AnyLayer, LayerDescription } from '../layers/layer.js';
import { custom, isRecord, optional, show } from '../options.js';

/** The functions that create the layers and cells named in a model file from the options stored there. */
export interface LayerMakers {
  /** Layer functions keyed by kind, built-in (`{ lstm, dense }`) or custom. */
  readonly layers?: Readonly<Record<string, (options: never, more?: never) => AnyLayer>>;
  /** Functions for custom cells, keyed by kind. */
  readonly cells?: Readonly<Record<string, (options: never) => Cell>>;
}

/** The checks for the options `layers` and `cells`. */
export const makerOptions = {
  layers: optional(custom<LayerMakers['layers']>('an object of functions', isRecord)),
  cells: optional(custom<LayerMakers['cells']>('an object of functions', isRecord)),
};

type Options = Readonly<Record<string, unknown>>;

/** Converts a description from an older release: kinds and options that have been renamed get their new names. */
export function renamed<Description extends { readonly kind: unknown; readonly options: Options }>(
  description: Description,
): Description {
  if (description.kind !== 'repeat') return description;
  const { times, ...options } = description.options;
  return { ...description, kind: 'repeatVector', options: { ...options, n: times } };
}

/** Creates a layer from its description. @throws FormatError for a kind that is missing from `makers` */
export function readLayer(description: unknown, makers: LayerMakers): AnyLayer {
  const { kind, options } = renamed(checkDescription('layer', description));
  const make = makerOf(makers.layers, kind);
  if (!make) {
    const known = Object.keys(makers.layers ?? {}).join(', ') || 'none';
    throw new FormatError(
      `the model has a layer of kind ${show(kind)}; known: ${known}. Pass the function that creates it in { layers }`,
    );
  }
  // These functions take a layer or a cell as their first argument, before the options.
  if (kind === 'bidirectional') {
    const { forward, backward, ...rest } = options;
    return make(readLayer(forward, makers), { ...rest, backward: readLayer(backward, makers) });
  }
  if (kind === 'bahdanauDecoder') {
    const { decoder, ...rest } = options;
    return make(readLayer(decoder, makers), rest);
  }
  if (kind === 'recurrent') {
    const { cell, ...rest } = options;
    return make(readCell(cell, makers), rest);
  }
  return make(options);
}

function readCell(description: unknown, makers: LayerMakers): Cell {
  const { kind, options } = checkDescription('cell', description);
  const make = makerOf(makers.cells, kind);
  if (make) return make(options);
  throw new FormatError(
    `the model has a cell of kind ${show(kind)}; pass the function that creates it in { cells }`,
  );
}

/**
 * The function that creates layers or cells of this kind. It checks its own arguments, because they come from a file.
 */
function makerOf<Made>(
  makers: Readonly<Record<string, (...args: never[]) => Made>> | undefined,
  kind: string,
): ((...args: unknown[]) => Made) | undefined {
  return makers && Object.hasOwn(makers, kind) ? (makers[kind] as (...args: unknown[]) => Made) : undefined;
}

function checkDescription(what: string, description: unknown): LayerDescription & { options: Options } {
  if (!isRecord(description) || typeof description.kind !== 'string' || !isRecord(description.options)) {
    throw new FormatError(`a ${what} must be { kind, options }, not ${show(description)}`);
  }
  return { kind: description.kind, options: description.options };
}
