/* Steps within the lengths of rows. x is [T, B, F], `lengths` is [B], int32. */
import type { GraphBuilder } from './graph-builder.js';

/** x with its valid steps in the opposite order. */
export function reversed(graph: GraphBuilder, x: string, lengths: string | undefined): string {
  if (lengths)
    return graph.add('ReverseSequence', [x, int64(graph, lengths)], { batch_axis: 1, time_axis: 0 });
  const end = graph.ints(Number.MIN_SAFE_INTEGER);
  return graph.add('Slice', [x, graph.ints(-1), end, graph.ints(0), graph.ints(-1)]);
}

/** x where the comparison of the step with the row's length is true, `value` elsewhere. */
export function selectSteps(
  graph: GraphBuilder,
  x: string,
  lengths: string,
  value: number,
  compare: 'Less' | 'Equal' = 'Less',
): string {
  return graph.add('Where', [compareSteps(graph, x, lengths, compare), x, graph.float(value)]);
}

/** [T, B, 1], bool: the comparison of each step of x with the row's length. */
export function compareSteps(
  graph: GraphBuilder,
  x: string,
  lengths: string,
  compare: 'Less' | 'Equal' = 'Less',
): string {
  const scalar = (value: number) => graph.constant('int64', [], [value]);
  const time = graph.add('Gather', [graph.add('Shape', [x]), scalar(0)]);
  const steps = graph.add('Unsqueeze', [graph.add('Range', [scalar(0), time, scalar(1)]), graph.ints(1)]);
  return graph.add('Unsqueeze', [graph.add(compare, [steps, int64(graph, lengths)]), graph.ints(2)]);
}

/** The lengths as int64. */
export function int64(graph: GraphBuilder, lengths: string): string {
  return graph.add('Cast', [lengths], { to: 7 });
}

/** The lengths as [B, 1]. */
export function column(graph: GraphBuilder, lengths: string): string {
  return graph.add('Unsqueeze', [lengths, graph.ints(1)]);
}
