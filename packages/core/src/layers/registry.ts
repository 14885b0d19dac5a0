import type { Cell } from '../cells/cell.js';
import { FormatError } from '../errors.js';
import { checkOptions, custom, isRecord, show } from '../options.js';
import { activation } from './activation.js';
import { type BidirectionalOptions, bidirectional } from './bidirectional.js';
import { conv1d } from './conv1d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import { featureScale } from './feature-scale.js';
import { flatten } from './flatten.js';
import { gru } from './gru.js';
import { lastStep } from './last-step.js';
import type { Layer } from './layer.js';
import { layerNorm } from './layer-norm.js';
import { lstm } from './lstm.js';
import { masking } from './masking.js';
import { maxOverTime, meanOverTime } from './pooling.js';
import { type RecurrentLayer, recurrent } from './recurrent.js';
import { repeat } from './repeat.js';
import { rnn } from './rnn.js';

/** How to make the layers and cells of one's own that a model file names, from the options it keeps. */
export interface CustomParts {
  readonly layers?: Readonly<Record<string, (options: never) => Layer>>;
  readonly cells?: Readonly<Record<string, (options: never) => Cell>>;
}

type Options = Readonly<Record<string, unknown>>;

/** A layer, or a cell, as a model file describes it. */
export interface Description {
  readonly kind: string;
  readonly options: Options;
}

/**
 * The layer that a description describes. Its options are checked as if a user had given them.
 * @throws FormatError for a description of another form, or a kind that is neither built in nor given in `custom`
 */
export function layerFrom(description: unknown, custom: CustomParts): Layer {
  const { kind, options } = checkDescription('layer', description);
  const make = custom.layers?.[kind];
  if (make && Object.hasOwn(custom.layers ?? {}, kind)) return make(options as never);
  if (!Object.hasOwn(builtIn, kind)) {
    throw new FormatError(
      `the model has a layer of kind ${show(kind)}; known: ${Object.keys(builtIn).join(', ')}. Give your own in { layers }`,
    );
  }
  return builtIn[kind](options, custom);
}

/** Every kind of layer, from its options. What a constructor checks is left to it. */
const builtIn: Record<string, (options: Options, custom: CustomParts) => Layer> = {
  rnn: (options) => rnn(options as never),
  lstm: (options) => lstm(options as never),
  gru: (options) => gru(options as never),
  recurrent({ cell, ...options }, custom) {
    const described = checkDescription('cell', cell);
    const make = custom.cells?.[described.kind];
    if (!make || !Object.hasOwn(custom.cells ?? {}, described.kind)) {
      throw new FormatError(
        `the model has a cell of kind ${show(described.kind)}; give the function that makes it in { cells }`,
      );
    }
    return recurrent(make(described.options as never), options);
  },
  bidirectional({ forward, backward, ...options }, custom) {
    const inner = (description: unknown) => layerFrom(description, custom) as RecurrentLayer;
    return bidirectional(inner(forward), { ...options, backward: inner(backward) } as BidirectionalOptions);
  },
  embedding: (options) => embedding(options as never),
  dense: (options) => dense(options as never),
  conv1d: (options) => conv1d(options as never),
  layerNorm: (options) => layerNorm(options),
  masking: (options) => masking(options),
  featureScale: (options) => featureScale(options as never),
  flatten: (options) => flatten(options as never),
  dropout: (options) => dropout(onlyOption('dropout', options, 'rate') as number),
  activation: (options) => activation(onlyOption('activation', options, 'activation') as never),
  repeat: (options) => repeat(onlyOption('repeat', options, 'times') as number),
  lastStep: (options) => lastStep(options as never),
  meanOverTime: (options) => meanOverTime(options as never),
  maxOverTime: (options) => maxOverTime(options as never),
};

/** The value of the one option of a layer that is made from that value; what it may be is left to the layer. */
function onlyOption(kind: string, options: Options, name: string): unknown {
  const { [name]: value } = checkOptions(kind, options, { [name]: custom('a value', () => true) });
  return value;
}

function checkDescription(what: string, description: unknown): Description {
  if (!isRecord(description) || typeof description.kind !== 'string' || !isRecord(description.options)) {
    throw new FormatError(`a ${what} must be { kind, options }, not ${show(description)}`);
  }
  return { kind: description.kind, options: description.options };
}
