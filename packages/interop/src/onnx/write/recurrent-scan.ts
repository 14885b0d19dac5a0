/*
 * A recurrent layer that ONNX's nodes cannot express (a projection, layer normalisation, an activation that is not one of
 * the eleven): its step is the body of a Scan. The equations are docs/semantics.md's; core's cells are the same in code.
 */
import type { CellOptions } from '../../cell-options.js';
import { writeActivation } from './activations.js';
import type { GraphBuilder } from './graph-builder.js';
import { port } from './proto.js';
import type { DirectionInputs, DirectionOutputs } from './recurrent-node.js';

const layerNormEpsilon = 1e-5;

/** Names of the weights in the graph. */
type Names = Readonly<Record<string, string | undefined>>;

export function writeRecurrentScan(
  graph: GraphBuilder,
  options: CellOptions,
  inputs: DirectionInputs,
  /** [T, B, 1], true within the lengths. */
  valid: string | undefined,
): DirectionOutputs {
  const { x, reverse } = inputs;
  const weights: Names = Object.fromEntries(
    Object.entries(inputs.weights).map(([name, value]) => [name, graph.weight(name, value)]),
  );
  const product = normalizeGates(
    graph,
    options,
    graph.add('MatMul', [x, weights.kernel as string]),
    weights.inputGain,
  );
  const projected = weights.bias ? graph.add('Add', [product, weights.bias]) : product;
  const sizes = [options.projection ?? options.units, ...(options.cell === 'lstm' ? [options.units] : [])];
  const start = inputs.initialState ?? sizes.map((size) => zeros(graph, x, size));

  const body = graph.body();
  const state = sizes.map(() => body.name('state'));
  const step = body.name('x');
  const within = body.name('valid');
  const next = steps[options.cell](body, options, weights, step, state);
  const kept = valid ? next.map((after, i) => body.add('Where', [within, after, state[i]])) : next;
  const y = valid ? body.add('Where', [within, next[0], body.float(0)]) : body.add('Identity', [next[0]]);
  const passed = kept.map((name) => body.add('Identity', [name]));
  const scanned = [projected, ...(valid ? [valid] : [])];
  const [first, ...rest] = [...passed, y].map((name) => port(name, 'float32'));
  const outputs = graph.addMany('Scan', [...start, ...scanned], sizes.length + 1, {
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

type Step = (
  graph: GraphBuilder,
  options: CellOptions,
  weights: Names,
  x: string,
  state: readonly string[],
) => string[];

const steps: Readonly<Record<CellOptions['cell'], Step>> = {
  rnn(graph, options, weights, x, [h]) {
    const product = recurrentProduct(graph, options, weights, h);
    return [candidate(graph, options, graph.add('Add', [x, product]))];
  },

  lstm(graph, options, weights, x, [h, c]) {
    const { units: H } = options;
    const gates = graph.add('Add', [x, recurrentProduct(graph, options, weights, h)]);
    const [i, f, g, o] = graph.addMany('Split', [gates, graph.ints(H, H, H, H)], 4, { axis: 1 });
    const peepholes = weights.peepholes
      ? graph.addMany('Split', [weights.peepholes, graph.ints(H, H, H)], 3, { axis: 0 })
      : undefined;
    const peep = (gate: string, c: string, at: number) =>
      peepholes ? graph.add('Add', [gate, graph.add('Mul', [c, peepholes[at]])]) : gate;
    const kept = graph.add('Mul', [open(graph, options, peep(f, c, 1)), c]);
    const added = graph.add('Mul', [open(graph, options, peep(i, c, 0)), candidate(graph, options, g)]);
    const next = graph.add('Add', [kept, added]);
    const { cellGain, cellBias, projection } = weights;
    const seen =
      cellGain && cellBias
        ? graph.add('LayerNormalization', [next, cellGain, cellBias], {
            epsilon: { float: layerNormEpsilon },
          })
        : next;
    const shown = writeActivation(graph, seen, options.activation);
    const output = graph.add('Mul', [open(graph, options, peep(o, next, 2)), shown]);
    return [projection ? graph.add('MatMul', [output, projection]) : output, next];
  },

  gru(graph, options, weights, x, [h]) {
    const { units: H, resetAfter } = options;
    const [xr, xz, xn] = graph.addMany('Split', [x, graph.ints(H, H, H)], 3, { axis: 1 });
    const opened = (a: string, b: string) => open(graph, options, graph.add('Add', [a, b]));
    const mix = (z: string, n: string) =>
      graph.add('Add', [n, graph.add('Mul', [z, graph.add('Sub', [h, n])])]);
    if (resetAfter) {
      const product = recurrentProduct(graph, options, weights, h);
      const recurrent = weights.recurrentBias ? graph.add('Add', [product, weights.recurrentBias]) : product;
      const [hr, hz, hn] = graph.addMany('Split', [recurrent, graph.ints(H, H, H)], 3, { axis: 1 });
      const reset = graph.add('Mul', [opened(xr, hr), hn]);
      return [mix(opened(xz, hz), candidate(graph, options, graph.add('Add', [xn, reset])))];
    }
    const parts = (name: string | undefined, axis: number) =>
      name ? graph.addMany('Split', [name, graph.ints(2 * H, H)], 2, { axis }) : [];
    const [gateKernel, candidateKernel] = parts(weights.recurrentKernel, 1);
    const [gateGain, candidateGain] = parts(weights.recurrentGain, 0);
    const gates = normalizeGates(graph, options, graph.add('MatMul', [h, gateKernel]), gateGain);
    const [hr, hz] = graph.addMany('Split', [gates, graph.ints(H, H)], 2, { axis: 1 });
    const held = graph.add('Mul', [opened(xr, hr), h]);
    const product = normalizeGates(
      graph,
      options,
      graph.add('MatMul', [held, candidateKernel]),
      candidateGain,
    );
    return [mix(opened(xz, hz), candidate(graph, options, graph.add('Add', [xn, product])))];
  },
};

function recurrentProduct(graph: GraphBuilder, options: CellOptions, weights: Names, h: string): string {
  const product = graph.add('MatMul', [h, weights.recurrentKernel as string]);
  return normalizeGates(graph, options, product, weights.recurrentGain);
}

function open(graph: GraphBuilder, options: CellOptions, gate: string): string {
  return writeActivation(graph, clipped(graph, options, gate), options.recurrentActivation);
}

function candidate(graph: GraphBuilder, options: CellOptions, gate: string): string {
  return writeActivation(graph, clipped(graph, options, gate), options.activation);
}

function clipped(graph: GraphBuilder, { clip }: CellOptions, gate: string): string {
  if (clip === 0) return gate;
  return graph.add('Clip', [
    gate,
    graph.constant('float32', [], [-clip]),
    graph.constant('float32', [], [clip]),
  ]);
}

/** Each gate's columns of [.., G·H] normalised by themselves, and scaled by `gain`. */
function normalizeGates(
  graph: GraphBuilder,
  { units }: CellOptions,
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

/** [B, size] of zeros, B being that of x [T, B, I]. */
function zeros(graph: GraphBuilder, x: string, size: number): string {
  const batch = graph.add('Slice', [graph.add('Shape', [x]), graph.ints(1), graph.ints(2)]);
  return graph.add('ConstantOfShape', [graph.add('Concat', [batch, graph.ints(size)], { axis: 0 })]);
}
