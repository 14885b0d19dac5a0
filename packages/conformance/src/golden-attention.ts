/* Golden vectors of attention as goldens/README.md describes them: parsed, and every field checked. */
import type { Fields, Weights } from './golden-fields.js';
import type { Values } from './numbers.js';

export interface AttentionGolden {
  readonly type: 'attention';
  readonly name: string;
  readonly score: 'dot' | 'general' | 'additive' | 'heads';
  /** The cell of a decoder with attention at each step; null for an attention layer. */
  readonly decoder: 'gru' | 'lstm' | null;
  /** 0: none. */
  readonly heads: number;
  readonly units: number;
  readonly hiddenSize: number;
  readonly causal: boolean;
  readonly queryLengths: readonly number[] | null;
  readonly memoryLengths: readonly number[] | null;
  readonly weights: Weights;
  readonly dWeights: Weights;
  readonly query: Values;
  readonly memory: Values;
  readonly y: Values;
  readonly attention: Values;
  readonly dy: Values;
  readonly dQuery: Values;
  readonly dMemory: Values;
}

export function attentionGolden(fields: Fields): AttentionGolden {
  fields.optional('source', () => fields.string('source'));
  const name = fields.string('name');
  const score = fields.oneOf('score', ['dot', 'general', 'additive', 'heads'] as const);
  const decoder = fields.oneOf('decoder', ['gru', 'lstm', null] as const);
  const heads = fields.count('heads', score === 'heads' ? 1 : 0);
  const units = fields.count('units', 0);
  const hiddenSize = fields.count('hiddenSize', decoder ? 1 : 0);
  const causal = fields.oneOf('causal', [true, false]);
  const [Tq, Tm, B] = ['querySteps', 'memorySteps', 'batch'].map((count) => fields.count(count, 1));
  const [Q, M] = ['queryWidth', 'memoryWidth'].map((width) => fields.count(width, 1));
  const asked = decoder ? hiddenSize : Q;
  const shapes = {
    ...scoreShapes(score, { query: asked, memory: M, units }),
    ...(decoder && cellShapes(decoder, Q + M, hiddenSize)),
  };
  const [queryShape, memoryShape] = [
    [Tq, B, Q],
    [Tm, B, M],
  ];
  const yShape = [Tq, B, decoder ? hiddenSize : score === 'heads' ? units : M];
  return {
    type: 'attention',
    ...{ name, score, decoder, heads, units, hiddenSize, causal },
    queryLengths: fields.lengths('queryLengths', B, Tq),
    memoryLengths: fields.lengths('memoryLengths', B, Tm),
    weights: fields.tensors('weights', shapes),
    dWeights: fields.tensors('dWeights', shapes),
    query: fields.tensor('query', queryShape),
    memory: fields.tensor('memory', memoryShape),
    y: fields.tensor('y', yShape),
    attention: fields.tensor('attention', [Tq, B, Tm]),
    dy: fields.tensor('dy', yShape),
    dQuery: fields.tensor('dQuery', queryShape),
    dMemory: fields.tensor('dMemory', memoryShape),
  };
}

/** The parameters of a score, as PyTorch's `Linear` and `MultiheadAttention` have them, and their shapes. */
function scoreShapes(
  score: AttentionGolden['score'],
  { query, memory, units }: { query: number; memory: number; units: number },
): Record<string, number[]> {
  switch (score) {
    case 'dot':
      return {};
    case 'general':
      return { weight: [query, memory] };
    case 'additive':
      return { query_weight: [units, query], memory_weight: [units, memory], score_weight: [1, units] };
    case 'heads':
      return {
        q_proj_weight: [units, query],
        k_proj_weight: [units, memory],
        v_proj_weight: [units, memory],
        in_proj_bias: [3 * units],
        out_proj_weight: [units, units],
        out_proj_bias: [units],
      };
  }
}

function cellShapes(cell: 'gru' | 'lstm', inputs: number, hiddenSize: number): Record<string, number[]> {
  const width = { gru: 3, lstm: 4 }[cell] * hiddenSize;
  return {
    weight_ih: [width, inputs],
    weight_hh: [width, hiddenSize],
    bias_ih: [width],
    bias_hh: [width],
  };
}
