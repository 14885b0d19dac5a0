/* Recurrent layers compared with the reference: every size, option and path of the gradient. */
import type { Case } from '../../suite.js';
import { activations } from './activations.js';
import { finalState } from './final-state.js';
import { largeOptions } from './large-options.js';
import { largeSizes } from './large-sizes.js';
import { options } from './options.js';
import { outputGradients } from './output-gradients.js';
import { rangesOfInputs } from './ranges-of-inputs.js';
import { stepCounts } from './step-counts.js';

export const recurrentLayers: Case[] = [
  ...options,
  ...activations,
  ...outputGradients,
  ...finalState,
  ...rangesOfInputs,
  ...stepCounts,
  ...largeOptions,
  ...largeSizes,
];
