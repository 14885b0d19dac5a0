/* Gradients of layers with several inputs; those of attention also for sizes that are not multiples of a tile. */
import {
  type AnyLayer,
  add,
  attention,
  bahdanauDecoder,
  concat,
  gru,
  lstm,
  multiply,
  rnn,
} from '@recurra/core';
import { equalsReference } from '../../finite-differences.js';
import { type InputRun, type LayerRun, layerCase, layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';

const group = 'gradients/several inputs';

const QUERY: InputRun = { kind: 'sequence', shape: [3, 3, 2], lengths: [3, 1, 2] };
/** The second row has no steps. */
const MEMORY: InputRun = { kind: 'sequence', shape: [4, 3, 2], lengths: [4, 0, 3] };
/** Wider than the query. In one row all steps are masked. */
const MASKED_MEMORY: InputRun = {
  kind: 'sequence',
  shape: [4, 3, 3],
  mask: [0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0],
};
const VECTORS: LayerRun = { kind: 'vector', shape: [3, 2], more: [{ kind: 'vector', shape: [3, 2] }] };
const lookingAt = (memory: InputRun): LayerRun => ({ ...QUERY, more: [memory] });
const masked = { ...QUERY, lengths: undefined, mask: [1, 0, 1, 0, 0, 1, 1, 0, 1] };

const LAYERS: readonly (readonly [string, AnyLayer, LayerRun])[] = [
  [
    'concat of sequences',
    concat(),
    {
      ...QUERY,
      more: [{ ...QUERY, shape: [3, 3, 1] }, masked].map((run) => ({ ...run, lengths: QUERY.lengths })),
    },
  ],
  ['concat of vectors', concat(), { ...VECTORS, more: [{ kind: 'vector', shape: [3, 1] }] }],
  ['add', add(), { ...VECTORS, more: [...(VECTORS.more ?? []), VECTORS] }],
  ['multiply', multiply(), { ...QUERY, more: [QUERY, QUERY] }],
  ['attention, dot, scale', attention({ scale: 0.7 }), lookingAt(MEMORY)],
  ['attention, general, masked memory', attention({ score: 'general' }), lookingAt(MASKED_MEMORY)],
  ['attention, additive', attention({ score: 'additive', units: 3 }), lookingAt(MEMORY)],
  ['attention, heads, masked memory', attention({ heads: 2, units: 4 }), lookingAt(MASKED_MEMORY)],
  ['attention, causal, masked', attention({ score: 'additive', causal: true }), lookingAt(MASKED_MEMORY)],
  [
    'attention, causal, heads, dropout',
    attention({ heads: 2, causal: true, dropout: 0.3, bias: false }),
    lookingAt(MEMORY),
  ],
  [
    'bahdanauDecoder, gru',
    bahdanauDecoder(gru({ units: 2 }), { units: 3 }),
    { ...lookingAt(MEMORY), initialState: true },
  ],
  [
    'bahdanauDecoder, lstm, general, dropout, masked input and memory',
    bahdanauDecoder(lstm({ units: 2, dropout: 0.3, recurrentDropout: 0.3, zeroOutputForMask: true }), {
      score: 'general',
    }),
    { ...masked, more: [MASKED_MEMORY] },
  ],
  [
    'bahdanauDecoder, rnn, dot',
    bahdanauDecoder(rnn({ units: 2 }), { score: 'dot', scale: 2 }),
    lookingAt(MEMORY),
  ],
];

const large: LayerRun = {
  kind: 'sequence',
  shape: [17, 3, 40],
  lengths: [17, 1, 16],
  more: [{ kind: 'sequence', shape: [33, 3, 40], lengths: [32, 33, 1] }],
};
const LARGE: readonly (readonly [string, AnyLayer])[] = [
  ['attention, general', attention({ score: 'general' })],
  ['attention, additive', attention({ score: 'additive' })],
  // The gradient of the keys' bias is 0 in exact arithmetic, and so nothing but rounding.
  ['attention, heads', attention({ heads: 4, bias: false })],
  ['bahdanauDecoder', bahdanauDecoder(gru({ units: 40 }))],
];

export const gradientsOfSeveralInputs: Case[] = [
  ...LAYERS.map(([name, layer, run]) => layerCase(group, name, layer, run)),
  ...LARGE.map(
    ([name, layer]): Case => ({
      group,
      name: `${name}: 17 steps and a memory of 33`,
      run: async (check) => void (await equalsReference(check, layerProblem(layer, large))),
    }),
  ),
];
