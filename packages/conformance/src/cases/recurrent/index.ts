/* Recurrent layers: every size, option and path of the gradient, against the reference. */
import type { Case } from '../../suite.js';
import { largeSizes } from './large-sizes.js';

export const recurrentLayers: Case[] = [...largeSizes];
