import type { Regularizer } from '../cells/cell.js';
import { sizeOf } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import type { Layer } from './layer.js';
import { maskWithin } from './masked-steps.js';
import { describeShape } from './shapes.js';
import { type Resolved, regularizer, type TrainableOptions, trainable } from './trainable.js';

/** The options of {@link embedding}. */
export interface EmbeddingOptions extends TrainableOptions {
  /** The number of tokens: ids go from 0 to inputDim − 1. */
  readonly inputDim: number;
  /** The number of features of a token's vector. */
  readonly outputDim: number;
  /** Treat token 0 as padding, which recurrent layers skip, as in Keras. Default false. */
  readonly maskZero?: boolean;
  /** The initializer of the vectors. Default: uniform in ±0.05, as in Keras. */
  readonly embeddingsInitializer?: Initializer;
  /** The penalty on the vectors in the training loss. Default: none. */
  readonly embeddingsRegularizer?: Regularizer;
}

/**
 * Maps each token id to a vector: [batch, time] → [batch, time, outputDim]. In `sequential`, it must be the first layer; in a
 * graph, it is applied to an input of `tokens()`.
 * @throws OptionError for an unknown option or an invalid value
 */
export function embedding(
  options: EmbeddingOptions,
): Layer<'embedding', Resolved<EmbeddingOptions>, 'tokens', 'sequence'> {
  const checked = checkOptions('embedding', options, {
    inputDim: positiveInteger,
    outputDim: positiveInteger,
    maskZero: optional(boolean, false),
    embeddingsInitializer: optional(initializer, 'uniform'),
    trainable,
    embeddingsRegularizer: regularizer,
  });
  const { inputDim, outputDim, maskZero, embeddingsInitializer } = checked;
  return {
    kind: 'embedding',
    options: checked,
    trainable: checked.trainable,
    vocabulary: inputDim,
    build(input) {
      if (input.kind !== 'tokens')
        throw new ShapeError(`embedding takes tokens [time], not ${describeShape(input)}`);
      return {
        outputShape: { kind: 'sequence', time: input.time, features: outputDim },
        parameters: {
          embeddings: {
            shape: [inputDim, outputDim],
            initial: embeddingsInitializer,
            regularizer: checked.embeddingsRegularizer,
            int8: 'rows',
          },
        },
        apply(tape, { value, lengths }, { weights }) {
          const rows = tape.gather(weights.embeddings, tape.reshape(value, [sizeOf(value.shape)]));
          const mask = maskZero ? maskWithin(tape, tape.step(value), lengths) : undefined;
          return { output: { value: tape.reshape(rows, [...value.shape, outputDim]), mask } };
        },
      };
    },
  };
}
