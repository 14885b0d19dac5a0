import { type Backend, FormatError, RecurraError, UnsupportedError } from '@recurra/core';
import { bytesOf } from '@recurra/core/files';
import { checkLocation, type ReadFile } from '../location.js';
import type { RunnableModel } from '../model.js';
import { decodeModel } from './decode.js';
import { checkConstants } from './finite-constants.js';
import { type Graph, type GraphNode, isOnnx, readGraph, readNodes, show } from './graph.js';
import type { ModelProto } from './onnx_pb.js';
import { operators } from './operators/index.js';
import { prepare } from './run.js';
import { externalPlace } from './tensor-proto.js';

/** A model that was read and checked; it runs nowhere yet. */
export interface OnnxModel {
  readonly graph: Graph;
  /** The model on a backend, what depends on constants alone computed. */
  on(backend: Backend): Promise<RunnableModel>;
}

export interface ReadOnnxOptions {
  /**
   * The bytes of a file in the model's folder, for models that keep their weights beside them. It is asked for checked
   * relative paths only; one that follows links is to see to it that they do not lead out. Absent: such models are refused.
   */
  readonly file?: ReadFile;
}

/**
 * Reads an ONNX model of opset 7 to 22.
 *
 * @param bytes the file: a Uint8Array, or an ArrayBuffer, as `(await fetch(url)).arrayBuffer()` gives it
 * @throws FormatError for bytes that are truncated, damaged or no ONNX model, and for weights that are NaN
 *   or infinite; UnsupportedError, with every node that
 *   cannot be run by name and type, for one that is more than Recurra runs
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

/** The bytes of initializers that are in files of their own. */
async function externalData(model: ModelProto, file: ReadFile | undefined): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const found = new Map<string, Uint8Array>();
  for (const tensor of model.graph?.initializer ?? []) {
    const what = `initializer ${show(tensor.name)}`;
    const place = externalPlace(tensor, what);
    if (!place) continue;
    const location = checkLocation(place.location);
    if (!file)
      throw new UnsupportedError(
        `${what} is in the file ${show(location)}, and files beside the model are not read here`,
      );
    const whole = files.get(location) ?? bytesOf(await file(location));
    files.set(location, whole);
    const end = place.length === undefined ? whole.length : place.offset + place.length;
    if (end > whole.length || place.offset > end) {
      throw new FormatError(`${what} ends at byte ${end} of ${show(location)}, which has ${whole.length}`);
    }
    found.set(tensor.name, whole.subarray(place.offset, end));
  }
  return found;
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
  if (!isOnnx(node.domain)) return `unknown operator domain ${show(node.domain)}`;
  if (!Object.hasOwn(operators, node.type)) return 'unknown operator';
  const operator = operators[node.type];
  const unknown = node.attributes.names.find((name) => !operator.attributes?.includes(name));
  if (unknown !== undefined) return `unknown attribute ${show(unknown)}`;
  try {
    return operator.unsupported?.(node);
  } catch (error) {
    if (error instanceof RecurraError) return error.message;
    throw error;
  }
}
