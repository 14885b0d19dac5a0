import * as constants from './constants.js';
import * as elementwise from './elementwise.js';
import * as linear from './linear.js';
import * as normalize from './normalize.js';
import type { Operator } from './operator.js';
import * as recurrent from './recurrent.js';
import * as shape from './shape.js';

/** The supported operators, by their names in ONNX. Each module exports operators only. */
export const operators: Readonly<Record<string, Operator>> = {
  ...recurrent,
  ...linear,
  ...elementwise,
  ...normalize,
  ...shape,
  ...constants,
};
