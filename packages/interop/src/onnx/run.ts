import { type Backend, DataError, type NDArray, ShapeError, StateError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { checkFeeds, type Feed, toFloats } from '../feeds.js';
import type { RunnableModel } from '../model.js';
import { dtypes, isFloat } from './dtypes.js';
import type { Graph, GraphNode, GraphPort } from './graph.js';
import { operatorOf } from './operators/index.js';
import { Call, type Operator, Prepared } from './operators/operator.js';
import { GraphTape, isBig, TooLargeError, Value } from './value.js';

type Values = Map<string, Value>;

/** Puts a graph on a backend. Nodes that depend only on constants are computed now, once for all runs. */
export async function prepare(graph: Graph, backend: Backend): Promise<RunnableModel> {
  const tape = new GraphTape(backend);
  const prepared = new Prepared(tape);
  const constants: Values = new Map();
  try {
    for (const [name, array] of graph.constants) constants.set(name, Value.onHost(tape, array));
    const rest = await fold(graph, constants, prepared);
    return runnableGraph(graph, rest, constants, prepared);
  } catch (error) {
    tape.dispose();
    throw error;
  }
}

function runnableGraph(
  graph: Graph,
  nodes: readonly GraphNode[],
  constants: Values,
  prepared: Prepared,
): RunnableModel {
  const { backend } = prepared.tape;
  let disposed = false;
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    async run(feeds) {
      if (disposed) throw new StateError('this model was disposed');
      const checked = checkFeeds(graph.inputs, feeds);
      const tape = new GraphTape(backend);
      try {
        const values: Values = new Map(constants);
        for (const port of graph.inputs) values.set(port.name, inputValue(tape, port, checked[port.name]));
        for (const node of nodes) await runNode(node, graph.opset, tape, values, prepared);
        const read = graph.outputs.map(
          async ({ name }) => [name, await output(values.get(name) as Value)] as const,
        );
        return Object.fromEntries(await Promise.all(read));
      } finally {
        tape.dispose();
      }
    },
    dispose() {
      disposed = true;
      prepared.tape.dispose();
    },
  };
}

/**
 * Computes the nodes that depend only on constants, and returns the other nodes. A small file may describe large arrays,
 * so at most a few times the size of the file's constants is computed in advance; the rest is computed when the model runs.
 */
async function fold({ nodes, opset }: Graph, constants: Values, prepared: Prepared): Promise<GraphNode[]> {
  const { tape } = prepared;
  const fileSize = [...constants.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { maxElements } = tape;
  tape.maxElements = 4 * fileSize + 2 ** 16;
  const rest: GraphNode[] = [];
  for (const node of nodes) {
    const constant = node.inputs.every((name) => name === undefined || constants.has(name));
    if (!constant || operatorOf(node)?.recurrent) rest.push(node);
    else {
      try {
        await runNode(node, opset, tape, constants, prepared);
        const shapes = node.outputs.map((name) => constants.get(name ?? '')?.shape ?? [0]);
        tape.maxElements -= shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
      } catch (error) {
        if (!(error instanceof TooLargeError)) throw error;
        rest.push(node);
      }
    }
  }
  tape.maxElements = maxElements;
  return rest;
}

/** Runs a node, and adds its outputs to `values`. */
async function runNode(
  node: GraphNode,
  opset: number,
  tape: GraphTape,
  values: Values,
  prepared: Prepared,
): Promise<void> {
  const inputs = node.inputs.map((name) => (name === undefined ? undefined : values.get(name)));
  const call = new Call(node, opset, tape, inputs, prepared);
  const outputs = await withLabel(node.label, () => (operatorOf(node) as Operator).run(call));
  for (const [i, name] of node.outputs.entries()) {
    if (name === undefined) continue;
    const output = outputs[i];
    if (!output) throw new DataError(`${node.label} has no output ${i}`);
    values.set(name, output);
  }
}

/** Core's errors name the operation and the shapes; this adds the node. */
async function withLabel<T>(label: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ShapeError) || error.message.startsWith(label)) throw error;
    throw new ShapeError(`${label}: ${error.message}`, { cause: error });
  }
}

/** A feed as a value of the input's type. @throws ShapeError, DataError for an array that does not match the input */
function inputValue(tape: GraphTape, { name, dtype, shape }: GraphPort, feed: Feed): Value {
  const { data, shape: actual } = feed;
  const fits =
    !shape ||
    (shape.length === actual.length && shape.every((size, i) => size === null || size === actual[i]));
  if (!fits)
    throw new ShapeError(`input ${name} must be [${shape?.map((size) => size ?? '?')}], not [${actual}]`);
  if (isFloat(dtype)) return Value.onHost(tape, { dtype, ...toFloats(feed) });
  const integers = dtypes[dtype].make(data.length);
  const big = isBig(integers);
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    if (typeof x === 'number' && !Number.isSafeInteger(x))
      throw new DataError(`input ${name}: element ${i} must be a whole number, not ${x}`);
    integers[i] = big ? BigInt(x) : Number(x);
    if (BigInt(integers[i]) !== BigInt(x) || (dtype === 'bool' && integers[i] > 1))
      throw new DataError(`input ${name}: element ${i}, ${x}, is outside the range of ${dtype}`);
  }
  return Value.onHost(tape, { dtype, shape: actual, data: integers });
}

/** Integers are returned as float64, exact up to 2⁵³. */
async function output(value: Value): Promise<NDArray> {
  const data = await value.data();
  const plain = data instanceof Float32Array || data instanceof Float64Array;
  return {
    data: plain ? data.slice() : Float64Array.from(data as ArrayLike<number | bigint>, Number),
    shape: [...value.shape],
  };
}
