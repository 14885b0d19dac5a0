/*
 * Each required operation compared with its plain definition. The files have the names that a backend's files
 * have.
 */
import type { Case } from '../../suite.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { large } from './large.js';
import { matmul } from './matmul.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';
import { stackedMatmul } from './stacked-matmul.js';

export const operations: Case[] = [
  ...matmul,
  ...stackedMatmul,
  ...elementwise,
  ...reduce,
  ...softmax,
  ...shape,
  ...indexing,
  ...large,
];
