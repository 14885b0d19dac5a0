/* The cells minGru, minLstm and slstm, of which ONNX has no node. */
import type { OtherCell } from '../../recurrent-cell.js';
import { writeActivation } from './activations.js';
import type { GraphBuilder } from './graph-builder.js';

/** a and b of h' = a ⊙ h + b, side by side [.., 2·H], from the gates [.., G·H]; for any number of steps. */
export function minCoefficients(
  graph: GraphBuilder,
  { kind, options }: Extract<OtherCell, { readonly kind: 'minGru' | 'minLstm' }>,
  gates: string,
): string {
  const sizes = new Array(kind === 'minGru' ? 2 : 3).fill(options.units);
  const parts = graph.addMany('Split', [gates, graph.ints(...sizes)], sizes.length, { axis: -1 });
  const candidate = writeActivation(graph, parts[sizes.length - 1], options.activation);
  const rest = (x: string) => graph.add('Sub', [graph.float(1), x]);
  if (kind === 'minGru') {
    const z = graph.add('Sigmoid', [parts[0]]);
    return graph.add('Concat', [rest(z), graph.add('Mul', [z, candidate])], { axis: -1 });
  }
  const [f, i] = parts.map((gate) => graph.add('Softplus', [graph.add('Neg', [gate])]));
  const a = graph.add('Sigmoid', [graph.add('Sub', [i, f])]);
  return graph.add('Concat', [a, graph.add('Mul', [rest(a), candidate])], { axis: -1 });
}

/** One step of minGru or minLstm, from its a and b. */
export function minStep(graph: GraphBuilder, H: number, x: string, [h]: readonly string[]): string[] {
  const [a, b] = graph.addMany('Split', [x, graph.ints(H, H)], 2, { axis: 1 });
  return [graph.add('Add', [graph.add('Mul', [a, h]), b])];
}

/** One step of slstm, from x · W + b. */
export function slstmStep(
  graph: GraphBuilder,
  options: Extract<OtherCell, { readonly kind: 'slstm' }>['options'],
  recurrentKernel: string,
  x: string,
  [h, c, n, m]: readonly string[],
): string[] {
  const { units: H, heads, activation, forgetGate } = options;
  const add = (a: string, b: string) => graph.add('Add', [a, b]);
  const mul = (a: string, b: string) => graph.add('Mul', [a, b]);
  const size = H / heads;
  const byHead = graph.add('Transpose', [graph.add('Reshape', [h, graph.ints(-1, heads, size)])], {
    perm: [1, 0, 2],
  });
  const product = graph.add('Reshape', [
    graph.add('MatMul', [byHead, recurrentKernel]),
    graph.ints(heads, -1, 4, size),
  ]);
  const byGate = graph.add('Reshape', [
    graph.add('Transpose', [product], { perm: [1, 2, 0, 3] }),
    graph.ints(-1, 4 * H),
  ]);
  const [i, f, z, o] = graph.addMany('Split', [add(x, byGate), graph.ints(H, H, H, H)], 4, { axis: 1 });
  const logForget =
    forgetGate === 'sigmoid' ? graph.add('Neg', [graph.add('Softplus', [graph.add('Neg', [f])])]) : f;
  const isFull = graph.add('Cast', [n], { to: 9 });
  const carried = graph.add('Where', [isFull, add(m, logForget), i]);
  const maximum = graph.add('Max', [carried, i]);
  const power = (log: string) => graph.add('Exp', [graph.add('Sub', [log, maximum])]);
  const [forget, enter] = [power(carried), power(i)];
  const cell = add(mul(forget, c), mul(enter, writeActivation(graph, z, activation)));
  const normalizer = add(mul(forget, n), enter);
  const output = mul(graph.add('Sigmoid', [o]), graph.add('Div', [cell, normalizer]));
  return [output, cell, normalizer, maximum];
}
