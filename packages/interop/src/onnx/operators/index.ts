import { constants } from './constants.js';
import { elementwise } from './elementwise.js';
import { linear } from './linear.js';
import { normalize } from './normalize.js';
import type { Operator } from './operator.js';
import { recurrent } from './recurrent.js';
import { shape } from './shape.js';

/** Every operator that is run, by its name in ONNX. */
export const operators: Readonly<Record<string, Operator>> = {
  ...recurrent,
  ...linear,
  ...elementwise,
  ...normalize,
  ...shape,
  ...constants,
};
