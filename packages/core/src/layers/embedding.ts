import { sizeOf } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import type { Layer } from './layer.js';
import { maskWithin } from './masked-steps.js';
import { inWords } from './shapes.js';

/** The options of {@link embedding}. */
export interface EmbeddingOptions {
  /** How many tokens there are: ids go from 0 to inputDim − 1. */
  readonly inputDim: number;
  /** Width of a token's vector. */
  readonly outputDim: number;
  /** Token 0 is padding: recurrent layers read past it, as in Keras. Default false. */
  readonly maskZero?: boolean;
  /** Default uniform in ±0.05, as in Keras. */
  readonly embeddingsInitializer?: Initializer;
}

/**
 * A vector for each token id: [batch, time] → [batch, time, outputDim]. The first layer of a model.
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function embedding(
  options: EmbeddingOptions,
): Layer<'embedding', Required<EmbeddingOptions>, 'tokens', 'sequence'> {
  const checked = checkOptions('embedding', options, {
    inputDim: positiveInteger,
    outputDim: positiveInteger,
    maskZero: optional(boolean, false),
    embeddingsInitializer: optional(initializer, 'uniform'),
  });
  const { inputDim, outputDim, maskZero, embeddingsInitializer } = checked;
  return {
    kind: 'embedding',
    options: checked,
    vocabulary: inputDim,
    build(input) {
      if (input.kind !== 'tokens')
        throw new ShapeError(`embedding takes tokens [time], not ${inWords(input)}`);
      return {
        outputShape: { kind: 'sequence', time: input.time, features: outputDim },
        parameters: { embeddings: { shape: [inputDim, outputDim], initial: embeddingsInitializer } },
        apply(tape, { value, lengths }, { weights }) {
          const rows = tape.gather(weights.embeddings, tape.reshape(value, [sizeOf(value.shape)]));
          const mask = maskZero ? maskWithin(tape, tape.step(value), lengths) : undefined;
          return { output: { value: tape.reshape(rows, [...value.shape, outputDim]), mask } };
        },
      };
    },
  };
}
