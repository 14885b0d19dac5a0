/* Fused kernels: sizes, input ranges, arguments, cached values, and optimizer steps. */
import type { Case } from '../../suite.js';
import { kernelArguments } from './arguments.js';
import { ctcKernels } from './ctc.js';
import { optimizerGuard } from './optimizer-guard.js';
import { optimizerParameters } from './optimizer-parameters.js';
import { optimizerSteps } from './optimizers.js';
import { kernelPreparation } from './prepare.js';
import { rangesOfKernelInputs } from './ranges-of-inputs.js';
import { repeatedCalls } from './repeated-calls.js';
import { repeatedSequences } from './repeated-sequences.js';
import { kernelRequests } from './requests.js';
import { scanKernels } from './scan.js';
import { kernelSizes } from './sizes.js';

export const kernels: Case[] = [
  ...kernelRequests,
  ...kernelSizes,
  ...scanKernels,
  ...ctcKernels,
  ...rangesOfKernelInputs,
  ...optimizerSteps,
  ...optimizerParameters,
  ...optimizerGuard,
  ...kernelPreparation,
  ...kernelArguments,
  ...repeatedCalls,
  ...repeatedSequences,
];
