/* Each required operation against its plain definition; the files are named as a backend's are. */
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
