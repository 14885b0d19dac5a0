import type { Backend } from '../contract/backend.js';
import { type LoadOptions, readModelFile } from '../files/model-file.js';
import type { Int8Reader } from '../int8/reader.js';
import { Architecture } from '../model/architecture.js';
import { readArchitecture } from '../model/read-architecture.js';
import type { GraphReader } from '../model/read-graph.js';
import type { LayerMakers } from '../model/read-layer.js';
import type { BatchOf, ModelTypes, PredictionOf } from '../model/types.js';
import { NetworkBase } from './network-base.js';
import { type Prediction, type PredictOptions, predict, predictAll } from './predict.js';

/**
 * A model with weights on a backend, for prediction only. {@link loadPredictor} loads one from a file. A `Network` can
 * also be trained. Streams, compilation ahead of time and reports are functions, so that an application only bundles those
 * that it uses: `openStream(predictor)`, `warmUp(predictor)` and `explain(predictor)`. A `Network` has them as methods.
 */
export class Predictor<
  Types extends ModelTypes = 'chain',
  Model extends Architecture = Architecture,
> extends NetworkBase<Model> {
  /** The kinds of the inputs and outputs. It exists for the type checker only; networks do not have this property. */
  declare readonly '~types'?: Types;

  /**
   * Computes the output for a batch, in the form of the input: nested arrays, or `{ data, shape }`. The rows of an
   * array may have unequal lengths. They are grouped by similar length for computation and returned in their original
   * order, without padding. In a padded batch, the output past a row's length is zero. A graph takes an object with the batch of
   * each input, and returns an object of outputs.
   *
   * @param x [batch, time, features]; [batch, features]; token ids [batch, time]; images [batch, height, width, channels];
   *   frames [batch, time, height, width, channels]
   * @throws DataError or ShapeError for an input that does not fit, and for a missing or unknown name of a graph's input;
   *   UnsupportedError for a chain with two outputs: use {@link predictAll}
   */
  predict<X extends BatchOf<Types>>(x: X, options?: PredictOptions): Promise<PredictionOf<Types, X>> {
    this.check();
    return predict(this, x as never, options) as Promise<PredictionOf<Types, X>>;
  }

  /**
   * Computes all outputs of a batch as arrays by name, padded to the longest row, with the valid lengths of the rows. It also
   * returns the final state of each layer with `returnState: true`, by the name of its node; in a chain by its index.
   *
   * @param x a batch as for {@link predict}
   * @throws DataError or ShapeError for an input that does not fit; OptionError for an unknown option or node
   */
  predictAll(x: BatchOf<Types>, options?: PredictOptions): Promise<Prediction> {
    this.check();
    return predictAll(this, x as never, options);
  }
}

/** The options of {@link loadPredictor}. */
export interface PredictorOptions extends LoadOptions {
  /** The functions that create the layers in the file, by kind: `{ lstm, dense }`. */
  readonly layers: NonNullable<LayerMakers['layers']>;
  /** The export `graphs` of this package; required for a model made by `graph`. */
  readonly graphs?: GraphReader;
  /** The export `int8` of this package; required for a quantised network. */
  readonly int8?: Int8Reader;
}

/**
 * Loads a network that `network.save()` wrote and puts it on a backend, for prediction only. An application that
 * imports this function instead of `loadNetwork` bundles no training code and only the layers that it names.
 *
 * @param file the bytes of the file, or an ArrayBuffer such as `await (await fetch(url)).arrayBuffer()`
 * @param options.layers the functions that create the model's layers, `{ lstm, dense }`, including custom ones
 * @param options.graphs needed for a model made by `graph`: the export `graphs` of this package
 * @param options.int8 needed for a network made by `quantize`: the export `int8` of this package
 * @throws FormatError for bytes that are truncated, damaged or not a Recurra model, for a layer that is not in
 *   `layers`, for a graph without `graphs`, and for weights that are not finite
 */
export async function loadPredictor<Types extends ModelTypes = 'chain'>(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: PredictorOptions,
): Promise<Predictor<Types>> {
  const { graphs, int8, ...others } = options ?? {};
  const { model, settings, weights } = readModelFile(
    'loadPredictor',
    file,
    backend,
    others,
    (json, makers) => readArchitecture(json, makers, (parts) => new Architecture(parts), graphs),
    int8,
  );
  return new Predictor(model, backend, settings, weights);
}
