/* Cases over generated examples: the same checks as elsewhere, with sizes and options that no one chose. */
import type { GeneratedCase, Generation } from '../../generation.js';
import type { Case } from '../../suite.js';
import { generatedArithmetic } from './arithmetic.js';
import { generatedKernels } from './kernels.js';
import { generatedLaws } from './laws.js';
import { generatedMoves } from './moves.js';
import { generatedRecurrent } from './recurrent.js';
import { generatedSequences } from './sequences.js';

const all: readonly GeneratedCase[] = [
  ...generatedArithmetic,
  ...generatedMoves,
  ...generatedRecurrent,
  ...generatedKernels,
  ...generatedSequences,
  ...generatedLaws,
];

export function generated(generation: Generation): Case[] {
  return all.map((generatedCase) => generatedCase(generation));
}
