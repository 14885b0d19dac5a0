/*
 * NaN must not be hidden, and must not spread to elements that do not depend on it. The cases in operations/
 * test NaN in the required operations.
 */
import type { Case } from '../../suite.js';
import { divergence } from './divergence.js';
import { kernelNaN } from './kernels.js';
import { recurrentNaN } from './recurrent.js';
import { sequenceNaN } from './sequences.js';

export const notNumbers: Case[] = [...recurrentNaN, ...kernelNaN, ...sequenceNaN, ...divergence];
