import { FormatError } from '../errors.js';
import { isRecord, show } from '../options.js';
import type { Architecture, InputShape, ModelParts } from './architecture.js';
import { chain } from './chain.js';
import { readGraph } from './read-graph.js';
import { type LayerMakers, readLayer } from './read-layer.js';

/**
 * The architecture that a description stands for, put together by `create`. Options are checked as if a user had given them.
 * @throws FormatError for a description of another form, a kind that `makers` does not have, or layers that do not go
 *   together
 */
export function readArchitecture<Result extends Architecture>(
  json: unknown,
  makers: LayerMakers,
  create: (parts: ModelParts) => Result,
): Result {
  if (isRecord(json) && Array.isArray(json.nodes)) return built(() => create(readGraph(json, makers)));
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

/** What `make` returns; an error of options or shapes says that the file's model cannot be built. */
function built<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`the model cannot be built: ${(error as Error).message}`, { cause: error });
  }
}
