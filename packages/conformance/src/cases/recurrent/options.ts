/* Every combination of three options of a cell, on and off, including lengths and initial state. */
import { gru, lstm, type RecurrentLayer, rnn } from '@recurra/core';
import { type Combination, combinations, namesOf } from '../../combinations.js';
import { provesFusedAndComposed } from '../../fused-and-composed.js';
import { layerProblem } from '../../layer-problem.js';
import type { Case } from '../../suite.js';
import { lengthsOf } from './plain-cells.js';

const group = 'recurrent/options';
const SHAPE = [4, 3, 2];

/** The value of each option when it is on. When it is off, the option is left out. */
const SETTINGS = {
  'no bias': { bias: false },
  clip: { clip: 0.4 },
  layerNorm: { layerNorm: true },
  recurrentDropout: { recurrentDropout: 0.4 },
  goBackwards: { goBackwards: true },
  'the last step only': { returnSequences: false },
  relu: { activation: 'relu' },
  hardSigmoid: { recurrentActivation: 'hardSigmoid' },
  projection: { projection: 2 },
  peepholes: { peepholes: true },
  'resetAfter: false': { resetAfter: false },
} as const;
type Option = keyof typeof SETTINGS;

const COMMON: readonly Option[] = [
  'no bias',
  'clip',
  'layerNorm',
  'recurrentDropout',
  'goBackwards',
  'the last step only',
  'relu',
];

function casesOf(
  cell: string,
  make: (options: { units: number; returnSequences: boolean }) => RecurrentLayer,
  own: readonly Option[],
): Case[] {
  const options = [...COMMON, ...own];
  const rows = combinations([...options, 'lengths', 'initialState', 'no gradient of x']);
  /** Eight rows in each case, so that no case takes long. */
  const parts = Array.from({ length: rows.length / 8 }, (_, part) => rows.slice(8 * part, 8 * part + 8));
  return parts.map((part, at) => ({
    group,
    name: `${cell}: every three options together, part ${at + 1} of ${parts.length}`,
    async run(check) {
      for (const [i, row] of part.entries()) {
        await provesFusedAndComposed(check, problemOf(make, options, row, 8 * at + i), {
          what: namesOf(row),
        });
      }
    },
  }));
}

function problemOf(
  make: (options: { units: number; returnSequences: boolean }) => RecurrentLayer,
  options: readonly Option[],
  row: Combination<Option | 'lengths' | 'initialState' | 'no gradient of x'>,
  seed: number,
) {
  const chosen = options.filter((option) => row[option]).map((option) => SETTINGS[option]);
  return layerProblem(make(Object.assign({ units: 3, returnSequences: true }, ...chosen)), {
    kind: 'sequence',
    shape: SHAPE,
    ...(row.lengths && { lengths: lengthsOf(SHAPE[0], SHAPE[1], seed) }),
    initialState: row.initialState,
    inputGradient: !row['no gradient of x'],
    seed,
  });
}

export const options: Case[] = [
  ...casesOf('rnn', rnn, []),
  ...casesOf('lstm', lstm, ['hardSigmoid', 'projection', 'peepholes']),
  ...casesOf('gru', gru, ['hardSigmoid', 'resetAfter: false']),
];
