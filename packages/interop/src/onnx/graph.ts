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
  /** By name; undefined where an optional one is left out. */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly (string | undefined)[];
  readonly attributes: Attributes;
  readonly domain: string;
}

/** An input or output of the graph. A dimension without a number is null; no shape at all: any. */
export interface GraphPort {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape?: readonly (number | null)[];
}

/** A checked graph: every name is made once, before it is used. */
export interface Graph {
  readonly opset: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly constants: ReadonlyMap<string, HostArray>;
  readonly nodes: readonly GraphNode[];
}

const oldest = 7;
const newest = 22;
/** More than any exporter writes for one model, with each step of a sequence written out. */
const mostNodes = 20_000;

/** The nodes, by themselves: what cannot be run is told before all else. @throws FormatError for one that makes nothing; UnsupportedError for too many */
export function readNodes({ graph }: ModelProto): GraphNode[] {
  const nodes = graph?.node ?? [];
  if (nodes.length > mostNodes) {
    throw new UnsupportedError(
      `a graph of ${nodes.length} nodes is not supported, only up to ${mostNodes} are`,
    );
  }
  return nodes.map(readNode);
}

/**
 * @param external the bytes of initializers that are in files of their own, by name
 * @throws FormatError for a graph that breaks ONNX's own rules; UnsupportedError for one that is not of numbers
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
    if (constants.has(tensor.name)) throw new FormatError(`${what} is there twice`);
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
    throw new FormatError(`the model must import ONNX's operators once, not ${own.length} times`);
  const version = Number(own[0].version);
  if (version < oldest || version > newest) {
    throw new UnsupportedError(`the model is of opset ${version}; ${oldest} to ${newest} are read`);
  }
  return version;
}

export function isOnnx(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function readPort({ name, type }: ValueInfoProto, kind: string): GraphPort {
  const what = `${kind} ${show(name)}`;
  if (type?.value.case !== 'tensorType') {
    throw new UnsupportedError(
      `${what} is ${type?.value.case ? `of ${type.value.case}` : 'of no type'}, not a tensor`,
    );
  }
  const { elemType, shape } = type.value.value;
  const dtype = dtypeOf(elemType);
  if (!dtype) throw new UnsupportedError(`${what} has elements of type ${dtypeName(elemType)}`);
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
  if (node.output.length === 0) throw new FormatError(`${label} makes nothing`);
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
    const stray = node.inputs.find((name) => name !== undefined && !known.has(name));
    if (stray !== undefined) {
      throw new FormatError(`${node.label} takes ${show(stray)}, which nothing before it makes`);
    }
    for (const name of node.outputs) if (name !== undefined) define(name, node.label);
  }
  if (output.length === 0) throw new FormatError('the graph has no output');
  for (const { name } of output) {
    if (!known.has(name)) throw new FormatError(`nothing makes the output ${show(name)}`);
  }
}

/** A name from the file as it stands in a message, cut where it is long. */
export function show(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}…` : name);
}

/** A shape as it stands in a message. */
export function showShape(shape: Shape | undefined): string {
  return shape ? `[${shape}]` : 'nothing';
}
