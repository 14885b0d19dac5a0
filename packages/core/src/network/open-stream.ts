import type { NDArrayInput } from '../data/ndarray.js';
import { OptionError } from '../errors.js';
import type { SignalKind } from '../layers/layer.js';
import type { GraphTypes, ModelTypes, RowOf, StepOf } from '../model/types.js';
import { GraphStream, type StreamOptions } from './graph-stream.js';
import { checkNetwork } from './network-base.js';
import type { Predictor } from './predictor.js';
import { Stream } from './stream.js';

/** Some inputs of a graph by name, each one row or a batch. */
export type GivenOf<Types extends GraphTypes> = {
  readonly [Name in keyof Types['inputs']]?:
    | RowOf<Types['inputs'][Name]>
    | readonly RowOf<Types['inputs'][Name]>[];
};

/** True if the value for an input is a batch; boolean if this is only known at run time. */
type IsBatch<Kind extends SignalKind, Given> = Given extends NDArrayInput
  ? boolean
  : Given extends RowOf<Kind>
    ? false
    : true;

/** The type of a model's stream, depending on the inputs that are given. */
export type StreamOf<Types extends ModelTypes, Given> = Types extends GraphTypes
  ? GraphStream<{
      readonly steps: {
        readonly [Name in Exclude<keyof Types['inputs'], keyof Given>]: StepOf<Types['inputs'][Name]>;
      };
      readonly outputs: keyof Types['outputs'] & string;
      readonly batch: [keyof Given] extends [never]
        ? false
        : {
            [Name in keyof Given & keyof Types['inputs']]: IsBatch<Types['inputs'][Name], Given[Name]>;
          }[keyof Given & keyof Types['inputs']];
    }>
  : GraphStream<{
      readonly steps: { readonly input: StepOf<never> };
      readonly outputs: 'output';
      readonly batch: false;
    }>;

/**
 * Runs a network one time step at a time and keeps its state between steps. `network.stream(…)` calls this function; call it
 * yourself for a `Predictor`.
 *
 * Without `given`, the network must be a chain, and the stream runs one sequence: `push` takes a frame. With `given`, the
 * stream runs several sequences side by side, and layers that depend only on the given inputs are computed once.
 *
 * @param given some inputs of a graph by name, for one sequence or for a batch; `{}` for none. The others are stepped
 * @throws UnsupportedError if a stepped input has no steps, or a layer needs the whole sequence; OptionError, DataError or
 *   ShapeError for given inputs or options that do not fit
 */
export function openStream(network: Predictor<'chain'>): Stream;
export function openStream<
  Types extends ModelTypes,
  const Given extends Types extends GraphTypes ? GivenOf<Types> : Record<string, never>,
>(network: Predictor<Types>, given: Given, options?: StreamOptions): StreamOf<Types, Given>;
export function openStream(
  network: Predictor<ModelTypes>,
  given?: unknown,
  options?: StreamOptions,
): Stream | GraphStream {
  checkNetwork('openStream', network);
  if (given !== undefined) return new GraphStream(network, given, options);
  if (network.model.isChain) return new Stream(network);
  throw new OptionError(
    'stream: a graph needs the given inputs: stream({ … }), or stream({}) if there are none',
  );
}
