/* The states of recurrent layers. Of a layer of two directions the state is [forward …, backward …]. */
import type { GraphBuilder } from './graph-builder.js';

/** The two directions joined part by part. */
export function joinedState(graph: GraphBuilder, state: readonly string[]): string[] {
  const cut = state.length / 2;
  return state.slice(0, cut).map((forward, i) => graph.add('Concat', [forward, state[cut + i]], { axis: 1 }));
}

/** The parts of each direction. @param sizes of all tensors of the state */
export function splitState(
  graph: GraphBuilder,
  shared: readonly string[],
  sizes: readonly number[],
): string[] {
  const cut = shared.length;
  const parts = shared.map((x, i) =>
    graph.addMany('Split', [x, graph.ints(sizes[i], sizes[cut + i])], 2, { axis: 1 }),
  );
  return [...parts.map(([forward]) => forward), ...parts.map(([, backward]) => backward)];
}

/** Zeros [B, size], with the B of axis `axis` of x. */
export function zeros(graph: GraphBuilder, x: string, axis: number, size: number): string {
  const batch = graph.add('Slice', [graph.add('Shape', [x]), graph.ints(axis), graph.ints(axis + 1)]);
  return graph.add('ConstantOfShape', [graph.add('Concat', [batch, graph.ints(size)], { axis: 0 })]);
}
