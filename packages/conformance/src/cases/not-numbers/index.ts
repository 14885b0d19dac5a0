/* NaN is not hidden, and does not spread to elements that do not depend on it. NaN in the required operations is in operations/. */
import type { Case } from '../../suite.js';
import { divergence } from './divergence.js';
import { kernelNaN } from './kernels.js';
import { recurrentNaN } from './recurrent.js';

export const notNumbers: Case[] = [...recurrentNaN, ...kernelNaN, ...divergence];
