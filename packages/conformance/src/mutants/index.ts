/*
 * Mutants: backends with one fault each. The suite must fail on every one of them. To add one, add an entry
 * to a list: the required operations are in operations.ts, arrangement.ts, stacked-products.ts, handles.ts
 * and counts.ts, the fused kernels in the other files.
 */
import type { Backend } from '@recurra/core';
import { conformance } from '../conformance.js';
import { type Case, type Result, Session } from '../suite.js';
import { kernelArguments, readsInPlace } from './arguments.js';
import { arrangement } from './arrangement.js';
import { caches } from './caches.js';
import { counts } from './counts.js';
import { ctcMutants } from './ctc.js';
import { ctcSizes } from './ctc-sizes.js';
import { declarations } from './declarations.js';
import { decliningKernels } from './declining.js';
import { denseLayers } from './dense.js';
import { finalState } from './final-state.js';
import { formChoices } from './forms.js';
import { handles } from './handles.js';
import { int8Kernels } from './int8.js';
import { kernelSizes } from './kernel-sizes.js';
import { largeNumbers } from './large-numbers.js';
import { losses } from './losses.js';
import type { Mutant } from './mutant.js';
import { notANumber } from './not-a-number.js';
import { operationSizes } from './operation-sizes.js';
import { operations } from './operations.js';
import { optimizerLists } from './optimizer-lists.js';
import { optimizerState } from './optimizer-state.js';
import { optimizers } from './optimizers.js';
import { preparation } from './preparation.js';
import { recurrentCells } from './recurrent-cells.js';
import { recurrentCombinations } from './recurrent-combinations.js';
import { recurrentGradients } from './recurrent-gradients.js';
import { recurrentOutputGradients } from './recurrent-output-gradients.js';
import { recurrentSequences } from './recurrent-sequences.js';
import { recurrentSizes } from './recurrent-sizes.js';
import { scanGradients } from './scan-gradients.js';
import { scanSizes } from './scan-sizes.js';
import { scans } from './scans.js';
import { sequenceCalls } from './sequence-calls.js';
import { sequencesHidingNaN } from './sequence-not-a-number.js';
import { stackedProducts } from './stacked-products.js';
import { uploads } from './uploads.js';

export { baselineKernels } from './baseline-kernels.js';
export type { Mutant } from './mutant.js';
export { singlePrecision } from './single-precision.js';

export const mutants: readonly Mutant[] = [
  ...operations,
  ...arrangement,
  ...stackedProducts,
  ...handles,
  ...counts,
  ...uploads,
  ...operationSizes,
  ...recurrentCells,
  ...recurrentSequences,
  ...recurrentGradients,
  ...recurrentSizes,
  ...recurrentCombinations,
  ...recurrentOutputGradients,
  ...finalState,
  ...largeNumbers,
  ...notANumber,
  ...caches,
  ...kernelArguments,
  ...readsInPlace,
  ...kernelSizes,
  ...int8Kernels,
  ...preparation,
  ...formChoices,
  ...optimizerState,
  ...decliningKernels,
  ...optimizers,
  ...optimizerLists,
  ...losses,
  ...denseLayers,
  ...scans,
  ...scanGradients,
  ...scanSizes,
  ...ctcMutants,
  ...ctcSizes,
  ...sequenceCalls,
  ...sequencesHidingNaN,
  ...declarations,
];

/**
 * The result of the first case that fails on a mutant; the cases of its `first` are tried first. Undefined if
 * the mutant passes all cases.
 *
 * @param precision see {@link Mutant.create}
 * @param right see {@link Mutant.create}
 */
export async function firstFailure(
  { create, first }: Mutant,
  cases: readonly Case[] = conformance(),
  precision?: Backend['precision'],
  right?: () => Promise<Backend>,
): Promise<Result | undefined> {
  const session = new Session(() => create(precision, right));
  try {
    for (const item of [...cases.filter(first), ...cases.filter((item) => !first(item))]) {
      const result = await session.run(item);
      if (result.status === 'failed') return result;
    }
    return undefined;
  } finally {
    session.close();
  }
}
