import type { Backend } from '../contract/backend.js';
import { OptionError } from '../errors.js';
import { type LoadOptions, readModelFile } from '../files/model-file.js';
import { Architecture } from '../model/architecture.js';
import { readArchitecture } from '../model/read-architecture.js';
import type { LayerMakers } from '../model/read-layer.js';
import type { BatchOf, GraphTypes, ModelTypes, PredictionOf, RowOf, StepOf } from '../model/types.js';
import type { LayerKernel } from './forward.js';
import { GraphStream, type StreamOptions } from './graph-stream.js';
import { NetworkBase } from './network-base.js';
import { type Prediction, type PredictOptions, predict, predictAll } from './predict.js';
import { explain, type WarmUpOptions, warmUp } from './requests.js';
import { Stream } from './stream.js';

/** One row, or a batch, of some of a graph's inputs. */
type GivenOf<Types extends GraphTypes> = {
  readonly [Name in keyof Types['inputs']]?:
    | RowOf<Types['inputs'][Name]>
    | readonly RowOf<Types['inputs'][Name]>[];
};

/** The stream of a model, for the inputs that are given. */
type StreamOf<Types extends ModelTypes, Given> = Types extends GraphTypes
  ? GraphStream<{
      readonly steps: {
        readonly [Name in Exclude<keyof Types['inputs'], keyof Given>]: StepOf<Types['inputs'][Name]>;
      };
      readonly outputs: keyof Types['outputs'] & string;
    }>
  : GraphStream<{ readonly steps: { readonly input: StepOf<never> }; readonly outputs: 'output' }>;

/**
 * A model with weights on a backend, for prediction only. {@link loadPredictor} loads one from a file. A `Network` can
 * also be trained.
 */
export class Predictor<
  Types extends ModelTypes = 'chain',
  Model extends Architecture = Architecture,
> extends NetworkBase<Model> {
  /** The kinds of the inputs and outputs. Of types only: no network has it. */
  declare readonly '~types'?: Types;

  /**
   * Computes the output for a batch, in the form of the input: nested arrays, or `{ data, shape }`. The rows of an
   * array may have unequal lengths. They are grouped by similar length for computation and returned in their original
   * as long as it is. Past a row's length the output of a padded batch is zero. A graph takes an object with the batch of
   * each input, and returns an object of outputs.
   *
   * @param x [batch, time, features]; [batch, features]; token ids [batch, time]; images [batch, height, width, channels];
   *   frames [batch, time, height, width, channels]
   * @throws ShapeError, DataError for an input that does not fit; UnsupportedError where a chain has two outputs
   */
  predict<X extends BatchOf<Types>>(x: X, options?: PredictOptions): Promise<PredictionOf<Types, X>> {
    this.check();
    return predict(this, x as never, options) as Promise<PredictionOf<Types, X>>;
  }

  /**
   * All outputs by name, padded to the longest row, with the rows' lengths; and the final state of each layer with
   * `returnState`.
   */
  predictAll(x: BatchOf<Types>, options?: PredictOptions): Promise<Prediction> {
    this.check();
    return predictAll(this, x as never, options);
  }

  /**
   * Runs the network one time step at a time, with its state carried: `stream()` for one sequence of a chain, whose `push`
   * takes a frame; `stream(given, { rows })` for a graph, or for several sequences side by side (`stream({}, { rows })` of a
   * chain). What depends on the given inputs alone is computed once.
   *
   * @param given some of the inputs by name, of one sequence or a batch of them
   * @throws UnsupportedError where a layer needs the whole sequence; OptionError, DataError, ShapeError for given inputs that
   *   do not fit
   */
  stream(this: Types extends 'chain' ? this : never): Stream;
  stream<const Given extends Types extends GraphTypes ? GivenOf<Types> : Record<string, never>>(
    given: Given,
    options?: StreamOptions,
  ): StreamOf<Types, Given>;
  stream(given?: unknown, options?: StreamOptions): Stream | GraphStream<never> {
    this.check();
    if (given !== undefined) return new GraphStream(this, given, options);
    if (this.model.isChain) return new Stream(this);
    throw new OptionError(
      'stream: a graph needs the given inputs: stream({ … }), or stream({}) where there are none',
    );
  }

  /** Reports which layers run fused in training and which run composed, and why. Computes nothing. */
  explain(): LayerKernel[] {
    this.check();
    return explain(this);
  }

  /**
   * Compiles the kernels that batches of this shape need, before the first batch. Backends compile in parallel if they
   * can. On a backend that compiles nothing ahead of time, this does nothing.
   * @throws OptionError for an unknown option; DeviceError for a kernel that the device cannot compile
   */
  async warmUp(options?: WarmUpOptions): Promise<void> {
    this.check();
    await warmUp(this, options);
  }
}

/**
 * Loads a network that `network.save()` wrote and puts it on a backend, for prediction only. An application that
 * imports this function instead of `loadNetwork` bundles no training code and only the layers that it names.
 *
 * @param file the bytes of the file, or an ArrayBuffer such as `await (await fetch(url)).arrayBuffer()`
 * @param options.layers the functions that create the model's layers, `{ lstm, dense }`, including custom ones
 * @throws FormatError for bytes that are truncated, damaged or not a Recurra model, for a layer that is not in
 *   `layers`, and for weights that are not finite
 */
export async function loadPredictor<Types extends ModelTypes = 'chain'>(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions & Required<Pick<LayerMakers, 'layers'>>,
): Promise<Predictor<Types>> {
  const { model, settings, weights } = readModelFile(
    'loadPredictor',
    file,
    backend,
    options,
    (json, makers) => readArchitecture(json, makers, (parts) => new Architecture(parts)),
  );
  return new Predictor(model, backend, settings, weights);
}
