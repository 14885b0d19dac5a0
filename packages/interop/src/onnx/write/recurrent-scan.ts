/*
 * A recurrent layer that has no node in ONNX (another cell, a projection, layer normalisation, or an activation that is not
 * one of the eleven): its step is the body of a Scan. The equations are in docs/semantics.md, and as code in core's cells.
 */
import { type RecurrentCell, type StandardCell, stateSizes } from '../../recurrent-cell.js';
import { writeActivation } from './activations.js';
import type { GraphBuilder } from './graph-builder.js';
import { minCoefficients, minStep, slstmStep } from './other-cells.js';
import { port } from './proto.js';
import type { DirectionInputs, DirectionOutputs } from './recurrent-node.js';
import { zeros } from './state.js';

const layerNormEpsilon = 1e-5;

/** The names of the weights in the graph. */
type Names = Readonly<Record<string, string | undefined>>;

type Options<Kind extends StandardCell['kind']> = Extract<StandardCell, { readonly kind: Kind }>['options'];

export function writeRecurrentScan(
  graph: GraphBuilder,
  cell: RecurrentCell,
  inputs: DirectionInputs,
  /** [T, B, 1], bool: true within the rows' lengths. */
  valid: string | undefined,
  /** What is joined to the input of each step, from the state before it; absent: nothing. */
  look?: (body: GraphBuilder, h: string) => string,
): DirectionOutputs {
  const { x, reverse } = inputs;
  const weights: Names = Object.fromEntries(
    Object.entries(inputs.weights).map(([name, value]) => [name, graph.weight(inputs.prefix + name, value)]),
  );
  const { units } = cell.options;
  const project = (graph: GraphBuilder, x: string) => {
    const product = graph.add('MatMul', [x, weights.kernel as string]);
    const normal = normalizeGates(graph, units, product, weights.inputGain);
    const gates = weights.bias ? graph.add('Add', [normal, weights.bias]) : normal;
    return cell.kind === 'minGru' || cell.kind === 'minLstm' ? minCoefficients(graph, cell, gates) : gates;
  };
  const sizes = stateSizes(cell);
  const initialState = inputs.initialState ?? sizes.map((size) => zeros(graph, x, 1, size));

  const body = graph.body();
  const state = sizes.map(() => body.name('state'));
  const step = body.name('x');
  const within = body.name('valid');
  const projectedStep = look
    ? project(body, body.add('Concat', [step, look(body, state[0])], { axis: 1 }))
    : step;
  const next = writeStep(body, cell, weights, projectedStep, state);
  const nextState = valid ? next.map((after, i) => body.add('Where', [within, after, state[i]])) : next;
  const y = valid ? body.add('Where', [within, next[0], body.float(0)]) : body.add('Identity', [next[0]]);
  const stateOutputs = nextState.map((name) => body.add('Identity', [name]));
  const scanned = [look ? x : project(graph, x), ...(valid ? [valid] : [])];
  const [first, ...rest] = [...stateOutputs, y].map((name) => port(name, 'float32'));
  const outputs = graph.addMany('Scan', [...initialState, ...scanned], sizes.length + 1, {
    num_scan_inputs: scanned.length,
    scan_input_directions: scanned.map(() => (reverse ? 1 : 0)),
    scan_output_directions: [reverse ? 1 : 0],
    body: {
      graph: {
        inputs: [
          ...state.map((name) => port(name, 'float32')),
          port(step, 'float32'),
          ...(valid ? [port(within, 'bool')] : []),
        ],
        outputs: [first, ...rest],
        initializers: [],
        nodes: body.nodes,
      },
    },
  });
  return { y: outputs[sizes.length], state: outputs.slice(0, sizes.length) };
}

/** The nodes of one step; returns the names of the next state. */
function writeStep(
  graph: GraphBuilder,
  cell: RecurrentCell,
  weights: Names,
  x: string,
  state: readonly string[],
): string[] {
  switch (cell.kind) {
    case 'rnn':
      return rnnStep(graph, cell.options, weights, x, state);
    case 'lstm':
      return lstmStep(graph, cell.options, weights, x, state);
    case 'gru':
      return gruStep(graph, cell.options, weights, x, state);
    case 'minGru':
    case 'minLstm':
      return minStep(graph, cell.options.units, x, state);
    case 'slstm':
      return slstmStep(graph, cell.options, weights.recurrentKernel as string, x, state);
  }
}

function rnnStep(
  graph: GraphBuilder,
  options: Options<'rnn'>,
  weights: Names,
  x: string,
  [h]: readonly string[],
): string[] {
  const product = recurrentProduct(graph, options.units, weights, h);
  return [candidate(graph, options, graph.add('Add', [x, product]))];
}

function lstmStep(
  graph: GraphBuilder,
  options: Options<'lstm'>,
  weights: Names,
  x: string,
  [h, c]: readonly string[],
): string[] {
  const { units: H } = options;
  const gates = graph.add('Add', [x, recurrentProduct(graph, H, weights, h)]);
  const [i, f, g, o] = graph.addMany('Split', [gates, graph.ints(H, H, H, H)], 4, { axis: 1 });
  const peepholes = weights.peepholes
    ? graph.addMany('Split', [weights.peepholes, graph.ints(H, H, H)], 3, { axis: 0 })
    : undefined;
  const addPeephole = (gate: string, c: string, index: number) =>
    peepholes ? graph.add('Add', [gate, graph.add('Mul', [c, peepholes[index]])]) : gate;
  const remembered = graph.add('Mul', [gate(graph, options, addPeephole(f, c, 1)), c]);
  const added = graph.add('Mul', [gate(graph, options, addPeephole(i, c, 0)), candidate(graph, options, g)]);
  const next = graph.add('Add', [remembered, added]);
  const { cellGain, cellBias, projection } = weights;
  const normal =
    cellGain && cellBias
      ? graph.add('LayerNormalization', [next, cellGain, cellBias], { epsilon: { float: layerNormEpsilon } })
      : next;
  const activated = writeActivation(graph, normal, options.activation);
  const output = graph.add('Mul', [gate(graph, options, addPeephole(o, next, 2)), activated]);
  return [projection ? graph.add('MatMul', [output, projection]) : output, next];
}

function gruStep(
  graph: GraphBuilder,
  options: Options<'gru'>,
  weights: Names,
  x: string,
  [h]: readonly string[],
): string[] {
  const { units: H, resetAfter } = options;
  const [xr, xz, xn] = graph.addMany('Split', [x, graph.ints(H, H, H)], 3, { axis: 1 });
  const gateOfSum = (a: string, b: string) => gate(graph, options, graph.add('Add', [a, b]));
  const interpolate = (z: string, n: string) =>
    graph.add('Add', [n, graph.add('Mul', [z, graph.add('Sub', [h, n])])]);
  if (resetAfter) {
    const product = recurrentProduct(graph, H, weights, h);
    const recurrent = weights.recurrentBias ? graph.add('Add', [product, weights.recurrentBias]) : product;
    const [hr, hz, hn] = graph.addMany('Split', [recurrent, graph.ints(H, H, H)], 3, { axis: 1 });
    const reset = graph.add('Mul', [gateOfSum(xr, hr), hn]);
    return [interpolate(gateOfSum(xz, hz), candidate(graph, options, graph.add('Add', [xn, reset])))];
  }
  const parts = (name: string | undefined, axis: number) =>
    name ? graph.addMany('Split', [name, graph.ints(2 * H, H)], 2, { axis }) : [];
  const [gateKernel, candidateKernel] = parts(weights.recurrentKernel, 1);
  const [gateGain, candidateGain] = parts(weights.recurrentGain, 0);
  const gates = normalizeGates(graph, H, graph.add('MatMul', [h, gateKernel]), gateGain);
  const [hr, hz] = graph.addMany('Split', [gates, graph.ints(H, H)], 2, { axis: 1 });
  const reset = graph.add('Mul', [gateOfSum(xr, hr), h]);
  const product = normalizeGates(graph, H, graph.add('MatMul', [reset, candidateKernel]), candidateGain);
  return [interpolate(gateOfSum(xz, hz), candidate(graph, options, graph.add('Add', [xn, product])))];
}

function recurrentProduct(graph: GraphBuilder, units: number, weights: Names, h: string): string {
  const product = graph.add('MatMul', [h, weights.recurrentKernel as string]);
  return normalizeGates(graph, units, product, weights.recurrentGain);
}

function gate(graph: GraphBuilder, options: Options<'lstm' | 'gru'>, input: string): string {
  return writeActivation(graph, clipped(graph, options.clip, input), options.recurrentActivation);
}

function candidate(graph: GraphBuilder, options: StandardCell['options'], input: string): string {
  return writeActivation(graph, clipped(graph, options.clip, input), options.activation);
}

function clipped(graph: GraphBuilder, clip: number, input: string): string {
  if (clip === 0) return input;
  return graph.add('Clip', [
    input,
    graph.constant('float32', [], [-clip]),
    graph.constant('float32', [], [clip]),
  ]);
}

/** Normalises the columns of each gate of [.., G·H] separately, and scales them by `gain`. */
function normalizeGates(
  graph: GraphBuilder,
  units: number,
  product: string,
  gain: string | undefined,
): string {
  if (!gain) return product;
  const shape = graph.add('Shape', [product]);
  const gates = graph.add('Reshape', [
    product,
    graph.add('Concat', [graph.add('Slice', [shape, graph.ints(0), graph.ints(-1)]), graph.ints(-1, units)], {
      axis: 0,
    }),
  ]);
  const ones = graph.constant('float32', [units], new Array(units).fill(1));
  const normal = graph.add('LayerNormalization', [gates, ones], { epsilon: { float: layerNormEpsilon } });
  return graph.add('Mul', [graph.add('Reshape', [normal, shape]), gain]);
}
