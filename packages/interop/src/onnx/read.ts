import { type Backend, FormatError, RecurraError, UnsupportedError } from '@recurra/core';
import { bytesOf } from '@recurra/core/files';
import { checkLocation, type ReadFile } from '../location.js';
import type { RunnableModel } from '../model.js';
import { decodeModel } from './decode.js';
import { checkConstants } from './finite-constants.js';
import { type Graph, type GraphNode, readGraph, readNodes, show } from './graph.js';
import type { ModelProto } from './onnx_pb.js';
import { isKnownDomain, operatorOf } from './operators/index.js';
import { prepare } from './run.js';
import { externalLocation } from './tensor-proto.js';

/** A model that was read and checked, but is not on a backend yet. */
export interface OnnxModel {
  readonly graph: Graph;
  /** Puts the model on a backend, and computes the nodes that depend only on constants. */
  on(backend: Backend): Promise<RunnableModel>;
}

export interface ReadOnnxOptions {
  /**
   * Reads a file in the model's folder, for models with weights in other files. It is called only with
   * checked relative paths. If you follow symlinks, make sure they stay inside the folder. Default: such
   * models are rejected.
   */
  readonly file?: ReadFile;
}

/**
 * Reads an ONNX model of opset 7 to 24.
 *
 * @param bytes the file: a Uint8Array, or an ArrayBuffer, for example from `(await fetch(url)).arrayBuffer()`
 * @throws FormatError for bytes that are truncated, damaged or not an ONNX model, and for weights that are NaN or infinite;
 *   UnsupportedError that lists every node that is not supported, by name and type
 */
export async function readOnnx(
  bytes: Uint8Array | ArrayBufferLike,
  { file }: ReadOnnxOptions = {},
): Promise<OnnxModel> {
  const model = decodeModel(bytesOf(bytes));
  const nodes = readNodes(model);
  checkOperators(nodes);
  const graph = readGraph(model, nodes, await externalData(model, file));
  checkConstants(graph);
  return { graph, on: (backend) => prepare(graph, backend) };
}

/** The bytes of initializers in other files. */
async function externalData(model: ModelProto, file: ReadFile | undefined): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const bytesByName = new Map<string, Uint8Array>();
  for (const tensor of model.graph?.initializer ?? []) {
    const what = `initializer ${show(tensor.name)}`;
    const external = externalLocation(tensor, what);
    if (!external) continue;
    const location = checkLocation(external.location);
    if (!file)
      throw new UnsupportedError(
        `${what} is in the file ${show(location)}, which is not read: pass the option file`,
      );
    const whole = files.get(location) ?? bytesOf(await file(location));
    files.set(location, whole);
    const end = external.length === undefined ? whole.length : external.offset + external.length;
    if (end > whole.length || external.offset > end) {
      throw new FormatError(`${what} ends at byte ${end} of ${show(location)}, which has ${whole.length}`);
    }
    bytesByName.set(tensor.name, whole.subarray(external.offset, end));
  }
  return bytesByName;
}

/** @throws UnsupportedError that lists every node that is not supported, with the reason */
function checkOperators(nodes: readonly GraphNode[]): void {
  const problems = nodes.flatMap((node) => {
    const reason = whyUnsupported(node);
    return reason === undefined ? [] : [`${node.label}: ${reason}`];
  });
  if (problems.length > 0)
    throw new UnsupportedError(`the model has nodes that are not supported:\n${problems.join('\n')}`);
}

function whyUnsupported(node: GraphNode): string | undefined {
  if (!isKnownDomain(node.domain)) return `unknown operator domain ${show(node.domain)}`;
  const operator = operatorOf(node);
  if (!operator) return 'unknown operator';
  const unknown = node.attributes.names.find((name) => !operator.attributes?.includes(name));
  if (unknown !== undefined) return `unknown attribute ${show(unknown)}`;
  try {
    return operator.unsupported?.(node);
  } catch (error) {
    if (error instanceof RecurraError) return error.message;
    throw error;
  }
}
