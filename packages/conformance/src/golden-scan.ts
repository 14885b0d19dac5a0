/* Golden vectors of layers that are a scan, as goldens/README.md describes them: parsed, and every field checked. */
import type { Fields, Weights } from './golden-fields.js';
import type { Values } from './numbers.js';

export interface ScanGolden {
  readonly type: 'scan';
  readonly name: string;
  readonly kind: 'minGru' | 'minLstm';
  readonly timeSteps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly activation: 'linear' | 'tanh';
  readonly lengths: readonly number[] | null;
  readonly reverse: boolean;
  readonly bias: boolean;
  readonly weights: Weights;
  readonly dWeights: Weights;
  readonly x: Values;
  readonly y: Values;
  readonly dy: Values;
  readonly dx: Values;
  /** The initial state; absent if it is zero. */
  readonly h0?: Values;
  readonly dh0?: Values;
  /** The final state. */
  readonly hn: Values;
  readonly dhn: Values;
}

/** The number of gates of each kind. */
const GATES = { minGru: 2, minLstm: 3 };

export function scanGolden(fields: Fields): ScanGolden {
  fields.optional('source', () => fields.string('source'));
  const name = fields.string('name');
  const kind = fields.oneOf('kind', ['minGru', 'minLstm'] as const);
  const [timeSteps, batch, inputSize, hiddenSize] = ['timeSteps', 'batch', 'inputSize', 'hiddenSize'].map(
    (count) => fields.count(count, 1),
  );
  const activation = fields.oneOf('activation', ['linear', 'tanh'] as const);
  const lengths = fields.lengths('lengths', batch, timeSteps);
  const [reverse, bias] = ['reverse', 'bias'].map((flag) => fields.oneOf(flag, [true, false]));
  const width = GATES[kind] * hiddenSize;
  const shapes = { kernel: [inputSize, width], ...(bias && { bias: [width] }) };
  const [xShape, yShape] = [inputSize, hiddenSize].map((size) => [timeSteps, batch, size]);
  const state = [batch, hiddenSize];
  return {
    type: 'scan',
    ...{ name, kind, timeSteps, batch, inputSize, hiddenSize, activation, lengths, reverse, bias },
    weights: fields.tensors('weights', shapes),
    dWeights: fields.tensors('dWeights', shapes),
    x: fields.tensor('x', xShape),
    dx: fields.tensor('dx', xShape),
    y: fields.tensor('y', yShape),
    dy: fields.tensor('dy', yShape),
    ...(fields.has('h0') && { h0: fields.tensor('h0', state), dh0: fields.tensor('dh0', state) }),
    hn: fields.tensor('hn', state),
    dhn: fields.tensor('dhn', state),
  };
}
