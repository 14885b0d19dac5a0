/*
 * Parses golden vectors as goldens/README.md describes them, and checks every field, so that none is ignored.
 */
import { FormatError, type OptimizerConfig } from '@recurra/core';
import { type AttentionGolden, attentionGolden } from './golden-attention.js';
import { type CtcGolden, ctcGolden } from './golden-ctc.js';
import { Fields, type Weights } from './golden-fields.js';
import { type LayerGolden, layerGolden } from './golden-layer.js';
import { type ScanGolden, scanGolden } from './golden-scan.js';
import { form, type Values } from './numbers.js';

export interface SequenceGolden {
  readonly type: 'sequence';
  readonly name: string;
  readonly kind: 'rnn' | 'lstm' | 'gru';
  readonly nonlinearity: 'tanh' | 'relu' | null;
  readonly timeSteps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  /** 0 if there is no projection. */
  readonly projection: number;
  readonly lengths: readonly number[] | null;
  readonly weights: Weights;
  readonly dWeights: Weights;
  readonly x: Values;
  readonly y: Values;
  readonly dy: Values;
  readonly dx: Values;
  /** The initial states h0 and c0; absent if they are zero. */
  readonly start: readonly Values[];
  /** The final states hn and cn. */
  readonly end: readonly Values[];
  readonly dEnd: readonly Values[];
  readonly dStart: readonly Values[];
}

export interface OptimizerGolden {
  readonly type: 'optimizer';
  readonly name: string;
  /** As in the file, without the options. */
  readonly config: Partial<OptimizerConfig> & Pick<OptimizerConfig, 'kind'>;
  readonly clip: readonly ['globalNorm' | 'value', number] | null;
  readonly x: Values;
  readonly target: Values;
  readonly start: Weights;
  readonly end: Weights;
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
}

export type Golden =
  | SequenceGolden
  | OptimizerGolden
  | AttentionGolden
  | LayerGolden
  | CtcGolden
  | ScanGolden;

/**
 * Reads one golden file.
 * @throws FormatError that names the file and the field
 */
export function parseGolden(file: string, text: string): Golden {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${file}: not JSON: ${(error as Error).message}`);
  }
  const fields = new Fields(file, '', json);
  const golden = readerOf(fields)(fields);
  fields.end();
  return golden;
}

/** What a file is shows in the field that only its kind has. */
function readerOf(fields: Fields): (fields: Fields) => Golden {
  if (fields.has('config')) return optimizerGolden;
  if (fields.has('signal')) return layerGolden;
  if (fields.has('logits')) return ctcGolden;
  if (fields.has('reverse')) return scanGolden;
  return fields.has('memory') ? attentionGolden : sequenceGolden;
}

function sequenceGolden(fields: Fields): SequenceGolden {
  for (const comment of ['source', 'note']) fields.optional(comment, () => fields.string(comment));
  const name = fields.string('name');
  const kind = fields.oneOf('kind', ['rnn', 'lstm', 'gru'] as const);
  const nonlinearity = fields.oneOf('nonlinearity', kind === 'rnn' ? (['tanh', 'relu'] as const) : [null]);
  const timeSteps = fields.count('timeSteps', 1);
  const batch = fields.count('batch', 1);
  const inputSize = fields.count('inputSize', 1);
  const hiddenSize = fields.count('hiddenSize', 1);
  const layers = fields.count('layers', 1);
  const bidirectional = fields.oneOf('bidirectional', [true, false]);
  const bias = fields.oneOf('bias', [true, false]);
  const projection = fields.count('projection', 0);
  if (projection > 0 && kind !== 'lstm') fields.fail('projection', `0 for ${kind}`);
  const lengths = fields.lengths('lengths', batch, timeSteps);
  const gateOrder = { rnn: ['h'], lstm: ['i', 'f', 'g', 'o'], gru: ['r', 'z', 'n'] }[kind];
  fields.list('gateOrder', gateOrder);

  const directions = bidirectional ? 2 : 1;
  const outputSize = projection || hiddenSize;
  const shapes = weightShapes({
    gates: gateOrder.length,
    inputSize,
    hiddenSize,
    layers,
    directions,
    bias,
    projection,
  });
  const [xShape, yShape] = [inputSize, directions * outputSize].map((width) => [timeSteps, batch, width]);
  const [hShape, cShape] = [outputSize, hiddenSize].map((width) => [layers * directions, batch, width]);
  const states = [form('h', hShape), form('c', cShape)].slice(0, kind === 'lstm' ? 2 : 1);
  const each = (prefix: string, suffix: string) =>
    states.map(([s, shape]) => fields.tensor(prefix + s + suffix, shape));
  const started = fields.has('h0');
  return {
    type: 'sequence',
    ...{ name, kind, nonlinearity, timeSteps, batch, inputSize, hiddenSize, layers },
    ...{ bidirectional, bias, projection, lengths },
    weights: fields.tensors('weights', shapes),
    dWeights: fields.tensors('dWeights', shapes),
    x: fields.tensor('x', xShape),
    y: fields.tensor('y', yShape),
    dy: fields.tensor('dy', yShape),
    dx: fields.tensor('dx', xShape),
    start: started ? each('', '0') : [],
    dStart: started ? each('d', '0') : [],
    end: each('', 'n'),
    dEnd: each('d', 'n'),
  };
}

/** The names and shapes of PyTorch's parameters. */
function weightShapes(sizes: {
  gates: number;
  inputSize: number;
  hiddenSize: number;
  layers: number;
  directions: number;
  bias: boolean;
  projection: number;
}): Record<string, number[]> {
  const { gates, hiddenSize, layers, directions, bias, projection } = sizes;
  const [width, outputSize] = [gates * hiddenSize, projection || hiddenSize];
  const shapes: Record<string, number[]> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const direction of ['', '_reverse'].slice(0, directions)) {
      const suffix = `l${layer}${direction}`;
      shapes[`weight_ih_${suffix}`] = [width, layer === 0 ? sizes.inputSize : directions * outputSize];
      shapes[`weight_hh_${suffix}`] = [width, outputSize];
      if (bias) shapes[`bias_ih_${suffix}`] = shapes[`bias_hh_${suffix}`] = [width];
      if (projection > 0) shapes[`weight_hr_${suffix}`] = [projection, hiddenSize];
    }
  }
  return shapes;
}

const COMMON = { learningRate: 'number', weightDecay: 'number' };
const ADAM = { ...COMMON, beta1: 'number', beta2: 'number', epsilon: 'number', amsgrad: 'boolean' };
const OPTIMIZERS: Record<OptimizerConfig['kind'], Record<string, string>> = {
  sgd: { ...COMMON, momentum: 'number', nesterov: 'boolean' },
  adam: ADAM,
  adamw: ADAM,
  rmsprop: { ...COMMON, decay: 'number', epsilon: 'number', momentum: 'number', centered: 'boolean' },
  adagrad: { ...COMMON, epsilon: 'number', learningRateDecay: 'number', initialAccumulator: 'number' },
};

function optimizerGolden(fields: Fields): OptimizerGolden {
  for (const comment of ['source', 'model', 'loss', 'gradientNorm']) {
    fields.optional(comment, () => fields.string(comment));
  }
  const name = fields.string('name');
  const config = fields.inner('config');
  const kind = config.oneOf('kind', Object.keys(OPTIMIZERS) as OptimizerConfig['kind'][]);
  const options: Record<string, unknown> = { kind };
  for (const [option, type] of Object.entries(OPTIMIZERS[kind])) {
    config.optional(option, () => {
      options[option] = type === 'number' ? config.number(option) : config.oneOf(option, [true, false]);
    });
  }
  config.end();

  const [T, B, I] = fields.shape('x', 3);
  const H = fields.inner('start').shape('lstm.weight_hh_l0', 2)[1];
  const O = fields.inner('start').shape('head.bias', 1)[0];
  const shapes = {
    'lstm.weight_ih_l0': [4 * H, I],
    'lstm.weight_hh_l0': [4 * H, H],
    'lstm.bias_ih_l0': [4 * H],
    'head.weight': [O, H],
    'head.bias': [O],
  };
  const losses = fields.numbers('losses');
  return {
    type: 'optimizer',
    name,
    config: options as OptimizerGolden['config'],
    clip: clipOf(fields),
    x: fields.tensor('x', [T, B, I]),
    target: fields.tensor('target', [T, B, O]),
    start: fields.tensors('start', shapes),
    end: fields.tensors('end', shapes),
    losses,
    gradientNorms: fields.numbers('gradientNorms', losses.length),
  };
}

function clipOf(fields: Fields): OptimizerGolden['clip'] {
  const value = fields.any('clip');
  if (value === null) return null;
  const [kind, max] = Array.isArray(value) && value.length === 2 ? value : [];
  const right = (kind === 'globalNorm' || kind === 'value') && Number.isFinite(max) && max > 0;
  return right ? [kind, max] : fields.fail('clip', 'null, ["globalNorm", max] or ["value", max]');
}
