import { type Backend, DataError, type NDArray, ShapeError, StateError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { checkFeeds, type Feed, toFloats } from '../feeds.js';
import type { RunnableModel } from '../model.js';
import { dtypes, isFloat } from './dtypes.js';
import type { Graph, GraphNode, GraphPort } from './graph.js';
import { operators } from './operators/index.js';
import { Call, Prepared } from './operators/operator.js';
import { recurrent } from './operators/recurrent.js';
import { GraphTape, isBig, TooLargeError, Value } from './value.js';

type Values = Map<string, Value>;

/** A graph on a backend: what depends on constants alone is computed now, and stays. */
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
      if (disposed) throw new StateError('this model was disposed of');
      const checked = checkFeeds(graph.inputs, feeds);
      const tape = new GraphTape(backend);
      try {
        const values: Values = new Map(constants);
        for (const port of graph.inputs) values.set(port.name, fed(tape, port, checked[port.name]));
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
 * Computes the nodes that depend on nothing but constants; the others are returned. A small file may describe a large
 * array: what is computed ahead is no more than a few times what is in the file, and the rest when the model runs.
 */
async function fold({ nodes, opset }: Graph, constants: Values, prepared: Prepared): Promise<GraphNode[]> {
  const { tape } = prepared;
  const inFile = [...constants.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const whenRunning = tape.mostElements;
  tape.mostElements = 4 * inFile + 2 ** 16;
  const rest: GraphNode[] = [];
  for (const node of nodes) {
    const constant = node.inputs.every((name) => name === undefined || constants.has(name));
    if (!constant || node.type in recurrent) rest.push(node);
    else {
      try {
        await runNode(node, opset, tape, constants, prepared);
        const made = node.outputs.map((name) => constants.get(name ?? '')?.shape ?? [0]);
        tape.mostElements -= made.reduce((sum, shape) => sum + sizeOf(shape), 0);
      } catch (error) {
        if (!(error instanceof TooLargeError)) throw error;
        rest.push(node);
      }
    }
  }
  tape.mostElements = whenRunning;
  return rest;
}

async function runNode(
  node: GraphNode,
  opset: number,
  tape: GraphTape,
  values: Values,
  prepared: Prepared,
): Promise<void> {
  const inputs = node.inputs.map((name) => (name === undefined ? undefined : values.get(name)));
  const call = new Call(node, opset, tape, inputs, prepared);
  const results = await runCall(call);
  for (const [i, name] of node.outputs.entries()) {
    if (name === undefined) continue;
    if (!results[i]) throw new DataError(`${node.label} has no output ${i}`);
    values.set(name, results[i]);
  }
}

async function runCall(call: Call): Promise<readonly Value[]> {
  const { label, type } = call.node;
  try {
    return await operators[type].run(call);
  } catch (error) {
    // Core names the operation and the shapes; the user knows the node.
    if (!(error instanceof ShapeError) || error.message.startsWith(label)) throw error;
    throw new ShapeError(`${label}: ${error.message}`, { cause: error });
  }
}

/** @throws ShapeError, DataError for an array that does not fit the input */
function fed(tape: GraphTape, { name, dtype, shape }: GraphPort, feed: Feed): Value {
  const { data, shape: given } = feed;
  const fits =
    !shape || (shape.length === given.length && shape.every((size, i) => size === null || size === given[i]));
  if (!fits)
    throw new ShapeError(`input ${name} must be [${shape?.map((size) => size ?? '?')}], not [${given}]`);
  if (isFloat(dtype)) return Value.onHost(tape, { dtype, ...toFloats(feed) });
  const whole = dtypes[dtype].make(data.length);
  const big = isBig(whole);
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    if (typeof x === 'number' && !Number.isSafeInteger(x))
      throw new DataError(`input ${name}: element ${i} must be a whole number, not ${x}`);
    whole[i] = big ? BigInt(x) : Number(x);
    if (BigInt(whole[i]) !== BigInt(x) || (dtype === 'bool' && whole[i] > 1))
      throw new DataError(`input ${name}: element ${i}, ${x}, is outside the range of ${dtype}`);
  }
  return Value.onHost(tape, { dtype, shape: given, data: whole });
}

/** Integers come as float64, exact to 2⁵³. */
async function output(value: Value): Promise<NDArray> {
  const data = await value.data();
  const plain = data instanceof Float32Array || data instanceof Float64Array;
  return {
    data: plain ? data.slice() : Float64Array.from(data as ArrayLike<number | bigint>, Number),
    shape: [...value.shape],
  };
}
