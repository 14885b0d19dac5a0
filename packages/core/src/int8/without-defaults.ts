import type { LayerDescription } from '../layers/layer.js';
import type { ArchitectureDescription } from '../model/architecture.js';
import { builtInLayers } from '../model/built-in-layers.js';
import { readLayer } from '../model/read-layer.js';
import { isRecord } from '../options.js';

/** Returns a description of the same model without the options of built-in layers that have their default values. */
export function withoutDefaults(model: ArchitectureDescription): ArchitectureDescription {
  return 'layers' in model
    ? { ...model, layers: model.layers.map(shortened) }
    : { ...model, nodes: model.nodes.map((node) => ({ ...node, ...shortened(node) })) };
}

/** Leaves out every option without which the same layer is made. */
function shortened({ kind, options }: LayerDescription): LayerDescription {
  const full = optionsOf({ kind, options });
  // A custom layer, or one with a custom part.
  if (full === undefined) return { kind, options };
  let short: Record<string, unknown> = { ...options };
  for (const [name, value] of Object.entries(short)) {
    const { [name]: _, ...rest } = short;
    if (optionsOf({ kind, options: rest }) === full) short = rest;
    else if (isDescription(value)) short[name] = shortened(value);
  }
  return { kind, options: short };
}

/** The options of the built-in layer of this description, as text; undefined if it cannot be made. */
function optionsOf(description: LayerDescription): string | undefined {
  try {
    return JSON.stringify(readLayer(description, { layers: builtInLayers }).options);
  } catch {
    return undefined;
  }
}

function isDescription(value: unknown): value is LayerDescription {
  return isRecord(value) && typeof value.kind === 'string' && isRecord(value.options);
}
