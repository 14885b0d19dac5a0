import type { Parameter } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError, ShapeError } from '../errors.js';
import { checkOptions, custom, oneOf, optional } from '../options.js';
import type { Tape } from '../tape/tape.js';
import {
  describeLayer,
  type Layer,
  type LayerContext,
  type LayerDescription,
  type SharedState,
  type SignalShape,
} from './layer.js';
import { prefixed, unprefixed } from './prefixed.js';
import { isRecurrent, type RecurrentLayer, type RecurrentOutput, runDirection } from './recurrent.js';
import { requireSequence } from './shapes.js';
import { isTrainable, parametersOfPart } from './trainable.js';

/** The options of {@link bidirectional}. */
export interface BidirectionalOptions {
  /** How the two outputs become one; 'none' gives both, the backward one as a further output. Default 'concat'. */
  readonly merge?: 'concat' | 'sum' | 'average' | 'multiply' | 'none';
  /** The layer for the backward direction. Default: a layer of the same kind with the same options. */
  readonly backward?: RecurrentLayer;
}

/** The options of {@link bidirectional}, with the two layers as a model file describes them. */
export interface ResolvedBidirectionalOptions {
  readonly forward: LayerDescription;
  readonly backward: LayerDescription;
  readonly merge: NonNullable<BidirectionalOptions['merge']>;
}

/**
 * Runs one layer from the first step to the last, and another from the last to the first (Schuster & Paliwal 1997).
 * Without `returnSequences`, each direction returns its final output. The state has the tensors of the forward layer,
 * then those of the backward layer.
 * @throws OptionError for incompatible layers
 */
export function bidirectional<Out extends RecurrentOutput>(
  forward: RecurrentLayer<string, object, Out>,
  options: BidirectionalOptions = {},
): Layer<'bidirectional', ResolvedBidirectionalOptions, 'sequence', Out> {
  const { merge, backward = forward } = checkOptions('bidirectional', options, {
    merge: optional(oneOf('concat', 'sum', 'average', 'multiply', 'none'), 'concat'),
    backward: optional(custom<RecurrentLayer>('a recurrent layer', isRecurrent)),
  });
  check(forward, backward);
  const { returnSequences, returnState, stateful } = forward.sequence;
  return {
    kind: 'bidirectional',
    options: { forward: describeLayer(forward), backward: describeLayer(backward), merge },
    build(input) {
      const { time, features } = requireSequence('bidirectional', input);
      const models = [forward.buildSequence(features), backward.buildSequence(features)];
      const [forwardSizes, backwardSizes] = models.map((model) => model.stateSizes);
      const [left, right] = [forwardSizes[0], backwardSizes[0]];
      if (merge !== 'concat' && merge !== 'none' && left !== right) {
        throw new ShapeError(
          `bidirectional: merge '${merge}' needs two outputs of the same width, not ${left} and ${right}`,
        );
      }
      const shapeOf = (features: number): SignalShape =>
        returnSequences ? { kind: 'sequence', time, features } : { kind: 'vector', features };
      return {
        outputShape: shapeOf(merge === 'concat' ? left + right : left),
        ...(merge === 'none' && { otherShapes: { backward: shapeOf(right) } }),
        parameters: {
          ...parametersOf('forward', forward, models[0].parameters),
          ...parametersOf('backward', backward, models[1].parameters),
        },
        stateSizes: [...forwardSizes, ...backwardSizes],
        stateful,
        returnState,
        sharedState: joinedState(forwardSizes, backwardSizes),
        wholeSequence: 'bidirectional also reads the sequence from its end',
        apply(tape, input, context) {
          const cut = forwardSizes.length;
          const ahead = directed('forward', context, context.state?.slice(0, cut));
          const back = directed('backward', context, context.state?.slice(cut));
          const one = runDirection(tape, models[0], forward.sequence, input, ahead, false);
          const other = runDirection(tape, models[1], backward.sequence, input, back, true);
          const a = (returnSequences && one.y) || one.state[0];
          const b = (returnSequences && other.y) || other.state[0];
          const state = [...one.state, ...other.state];
          if (merge !== 'none') return { output: { value: merged(tape, a, b, merge) }, state };
          return { output: { value: a }, others: { backward: { value: b } }, state };
        },
      };
    },
  };
}

/** The state of both directions part by part, [h, h] joined to one h; only where they have as many parts. */
function joinedState(forward: readonly number[], backward: readonly number[]): SharedState | undefined {
  if (forward.length !== backward.length) return undefined;
  const cut = forward.length;
  return {
    sizes: forward.map((size, i) => size + backward[i]),
    join: (tape, state) => forward.map((_, i) => tape.concat([state[i], state[cut + i]], 1)),
    split(tape, shared) {
      const parts = shared.map((x, i) => tape.split(x, [forward[i], backward[i]], 1));
      return [...parts.map(([ahead]) => ahead), ...parts.map(([, back]) => back)];
    },
  };
}

function merged(tape: Tape, a: Tensor, b: Tensor, merge: 'concat' | 'sum' | 'average' | 'multiply'): Tensor {
  switch (merge) {
    case 'concat':
      return tape.concat([a, b], a.shape.length - 1);
    case 'sum':
      return tape.add(a, b);
    case 'average':
      return tape.affine(tape.add(a, b), 0.5);
    case 'multiply':
      return tape.mul(a, b);
  }
}

/** Creates the context of one direction, with its weights, random numbers and state. */
function directed(
  name: 'forward' | 'backward',
  context: LayerContext,
  state: readonly Tensor[] | undefined,
): LayerContext {
  const { watchCell } = context;
  return {
    training: context.training,
    weights: unprefixed(name, context.weights),
    buffers: {},
    state,
    random: (purpose) => context.random(`${name}.${purpose}`),
    watchCell: watchCell && ((_, trace) => watchCell(name, trace)),
  };
}

/** The parameters of a direction, frozen if its layer is. */
function parametersOf(
  name: string,
  layer: RecurrentLayer,
  parameters: Readonly<Record<string, Parameter>>,
): Record<string, Parameter> {
  const isTrained = isTrainable(() => `bidirectional: the ${name} layer`, layer);
  return prefixed(name, parametersOfPart(parameters, isTrained));
}

function check(forward: RecurrentLayer, backward: RecurrentLayer): void {
  if (!isRecurrent(forward))
    throw new OptionError('bidirectional takes a recurrent layer, such as lstm or gru');
  for (const name of ['returnSequences', 'returnState', 'stateful'] as const) {
    if (forward.sequence[name] !== backward.sequence[name]) {
      throw new OptionError(`bidirectional: both layers must have the same ${name}`);
    }
  }
  if (forward.sequence.goBackwards || backward.sequence.goBackwards) {
    throw new OptionError('bidirectional sets the direction of each layer itself: goBackwards must be false');
  }
}
