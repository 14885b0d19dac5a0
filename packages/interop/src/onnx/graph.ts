import { FormatError, type Shape, UnsupportedError } from '@recurra/core';
import { Attributes } from './attributes.js';
import { type Dtype, dtypeName, dtypeOf } from './dtypes.js';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './onnx_pb.js';
import { type HostArray, readTensor } from './tensor-proto.js';

/** A node of the graph. */
export interface GraphNode {
  /** For messages: `node "rnn_1" (LSTM)`. */
  readonly label: string;
  readonly type: string;
  /** Names; undefined for an optional input that is left out. */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly (string | undefined)[];
  readonly attributes: Attributes;
  readonly domain: string;
}

/** An input or output of the graph. A dimension of any size is null; without a shape, any shape is allowed. */
export interface GraphPort {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape?: readonly (number | null)[];
}

/** A checked graph: every name is defined once, before it is used. */
export interface Graph {
  readonly opset: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly constants: ReadonlyMap<string, HostArray>;
  readonly nodes: readonly GraphNode[];
}

const oldest = 7;
const newest = 24;
/** More than exporters write for any model, even if each step of a sequence is a node. */
const maxNodes = 20_000;

/**
 * Reads only the nodes, so that unsupported operators are reported before any other problem.
 * @throws FormatError for a node without outputs; UnsupportedError for too many nodes
 */
export function readNodes({ graph }: ModelProto): GraphNode[] {
  const nodes = graph?.node ?? [];
  if (nodes.length > maxNodes) {
    throw new UnsupportedError(
      `a graph of ${nodes.length} nodes is not supported, only up to ${maxNodes} are`,
    );
  }
  return nodes.map(readNode);
}

/**
 * @param external the bytes of initializers in other files, by name
 * @throws FormatError for a graph that is not valid ONNX; UnsupportedError for values that are not numeric tensors
 */
export function readGraph(
  model: ModelProto,
  nodes: readonly GraphNode[],
  external: ReadonlyMap<string, Uint8Array>,
): Graph {
  const { graph } = model;
  if (!graph) throw new FormatError('the file has no graph: it is not an ONNX model');
  const opset = readOpset(model);
  if (graph.sparseInitializer.length > 0)
    throw new UnsupportedError(`the graph has ${graph.sparseInitializer.length} sparse initializers`);
  const constants = new Map<string, HostArray>();
  for (const tensor of graph.initializer) {
    const what = `initializer ${show(tensor.name)}`;
    if (constants.has(tensor.name)) throw new FormatError(`${what} is defined twice`);
    constants.set(tensor.name, readTensor(tensor, what, external.get(tensor.name)));
  }
  const inputs = graph.input
    .filter(({ name }) => !constants.has(name))
    .map((info) => readPort(info, 'input'));
  checkNames(inputs, constants, nodes, graph);
  return { opset, inputs, outputs: graph.output.map((info) => readPort(info, 'output')), constants, nodes };
}

function readOpset({ opsetImport }: ModelProto): number {
  const own = opsetImport.filter(({ domain }) => isOnnx(domain));
  if (own.length !== 1)
    throw new FormatError(`the model must import the ONNX operator set once, not ${own.length} times`);
  const version = Number(own[0].version);
  if (version < oldest || version > newest) {
    throw new UnsupportedError(`opset ${version} is not supported; supported: ${oldest} to ${newest}`);
  }
  return version;
}

function isOnnx(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function readPort({ name, type }: ValueInfoProto, kind: string): GraphPort {
  const what = `${kind} ${show(name)}`;
  if (type?.value.case !== 'tensorType') {
    throw new UnsupportedError(
      `${what} is ${type?.value.case ? `a ${type.value.case}` : 'without a type'}, not a tensor`,
    );
  }
  const { elemType, shape } = type.value.value;
  const dtype = dtypeOf(elemType);
  if (!dtype)
    throw new UnsupportedError(`${what} has elements of the unsupported type ${dtypeName(elemType)}`);
  const dims = shape?.dim.map(({ value }) =>
    value.case === 'dimValue' && value.value >= 0n && value.value <= Number.MAX_SAFE_INTEGER
      ? Number(value.value)
      : null,
  );
  return { name, dtype, ...(dims && { shape: dims }) };
}

function readNode(node: NodeProto, index: number): GraphNode {
  const name = node.name || node.output[0] || `#${index}`;
  const label = `node ${show(name)} (${node.opType.slice(0, 100)})`;
  if (node.output.length === 0) throw new FormatError(`${label} has no outputs`);
  const names = (list: readonly string[]) => list.map((name) => (name === '' ? undefined : name));
  return {
    label,
    type: node.opType,
    inputs: names(node.input),
    outputs: names(node.output),
    attributes: new Attributes(label, node.attribute),
    domain: node.domain,
  };
}

function checkNames(
  inputs: readonly GraphPort[],
  constants: ReadonlyMap<string, HostArray>,
  nodes: readonly GraphNode[],
  { output }: GraphProto,
): void {
  const known = new Set<string>(constants.keys());
  const define = (name: string, what: string) => {
    if (known.has(name)) throw new FormatError(`${what} defines ${show(name)}, which is defined already`);
    known.add(name);
  };
  for (const { name } of inputs) define(name, 'an input');
  for (const node of nodes) {
    const unknown = node.inputs.find((name) => name !== undefined && !known.has(name));
    if (unknown !== undefined) {
      throw new FormatError(`${node.label}: the input ${show(unknown)} is not defined before it`);
    }
    for (const name of node.outputs) if (name !== undefined) define(name, node.label);
  }
  if (output.length === 0) throw new FormatError('the graph has no output');
  for (const { name } of output) {
    if (!known.has(name)) throw new FormatError(`the output ${show(name)} is not defined`);
  }
}

/** A name from the file for messages, shortened if it is long. */
export function show(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}…` : name);
}

/** A shape for messages. */
export function showShape(shape: Shape | undefined): string {
  return shape ? `[${shape}]` : 'nothing';
}
