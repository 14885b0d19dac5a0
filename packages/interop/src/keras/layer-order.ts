/*
 * The order in which a functional model of Keras 3 keeps its layers: by their distance from the outputs, and by when they are
 * met on the way from the outputs to the inputs (`map_graph` in keras/src/ops/function.py). The slots of weights are
 * numbered in this order.
 */
import type { CalledLayer, FunctionalModel, Ref } from './write-functional.js';

/** One call of a layer, or an input. */
interface Call {
  readonly layer: string;
  readonly parents: readonly Call[];
}

export function inKerasOrder({ inputs, layers, outputs }: FunctionalModel): CalledLayer[] {
  const calls = new Map<string, Call>(
    inputs.map(({ name }) => [keyOf([name, 0, 0]), { layer: name, parents: [] }]),
  );
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const met = new Map<string, number>();
  const finished: Call[] = [];
  const visit = (ref: Ref): Call => {
    const [name, index] = ref;
    if (!met.has(name)) met.set(name, met.size);
    const key = keyOf(ref);
    const known = calls.get(key);
    if (known) {
      if (known.parents.length === 0 && !finished.includes(known)) finished.push(known);
      return known;
    }
    const { from, start } = (byName.get(name) as CalledLayer).calls[index];
    const call = { layer: name, parents: [...from, ...start].map(visit) };
    calls.set(key, call);
    finished.push(call);
    return call;
  };
  for (const ref of outputs) visit(ref);

  const depths = new Map<Call, number>();
  const layerDepths = new Map<string, number>();
  for (const call of finished.reverse()) {
    const depth = Math.max(depths.get(call) ?? 0, layerDepths.get(call.layer) ?? 0);
    layerDepths.set(call.layer, depth);
    for (const parent of call.parents) depths.set(parent, Math.max(depth + 1, depths.get(parent) ?? 0));
  }
  const order = (name: string) => met.get(name) ?? -1;
  const depthOf = (name: string) => layerDepths.get(name) ?? 0;
  return [...layers].sort((a, b) => depthOf(b.name) - depthOf(a.name) || order(a.name) - order(b.name));
}

function keyOf([layer, call]: Ref): string {
  return `${call} ${layer}`;
}
