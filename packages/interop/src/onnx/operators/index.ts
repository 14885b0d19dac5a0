import * as compare from './compare.js';
import * as constants from './constants.js';
import * as elementwise from './elementwise.js';
import * as linear from './linear.js';
import * as math from './math.js';
import * as normalize from './normalize.js';
import type { Operator } from './operator.js';
import * as rearrange from './rearrange.js';
import * as recurrent from './recurrent.js';
import * as shape from './shape.js';
import * as windows from './windows.js';

/** The supported operators, by their names in ONNX. Each module exports operators only. */
export const operators: Readonly<Record<string, Operator>> = {
  ...recurrent,
  ...linear,
  ...elementwise,
  ...normalize,
  ...shape,
  ...constants,
  ...compare,
  ...math,
  ...rearrange,
  ...windows,
};
