import { FormatError } from '../errors.js';
import { isRecord, show } from '../options.js';
import type { Architecture, InputShape, ModelParts } from './architecture.js';
import { chain } from './chain.js';
import type { GraphReader } from './read-graph.js';
import { type LayerMakers, readLayer } from './read-layer.js';

/**
 * Reads an architecture from its description and builds it with `create`. Options from the file are checked like
 * options in code.
 *
 * @param readGraph reads the description of a graph; undefined if only chains are read
 * @throws FormatError for a malformed description, a kind that is missing from `makers`, or layers that do not fit
 *   together
 */
export function readArchitecture<Result extends Architecture>(
  json: unknown,
  makers: LayerMakers,
  create: (parts: ModelParts) => Result,
  readGraph: GraphReader | undefined,
): Result {
  if (isRecord(json) && Array.isArray(json.nodes)) {
    if (!readGraph) throw new FormatError('the model is a graph; pass { graphs } to load it');
    return built(() => create(readGraph(json, makers)));
  }
  if (!isRecord(json) || !Array.isArray(json.inputShape) || !Array.isArray(json.layers)) {
    throw new FormatError(
      `a model must be { inputShape: […], layers: […] } or { inputs, nodes, outputs }, not ${show(json)}`,
    );
  }
  const { inputShape, layers } = json;
  return built(() =>
    create(
      chain(
        layers.map((layer) => readLayer(layer, makers)),
        inputShape as InputShape,
      ),
    ),
  );
}

/** Calls `make`. Errors are passed on as a FormatError, because the options and shapes come from a file. */
function built<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`the model cannot be built: ${(error as Error).message}`, { cause: error });
  }
}
