import type { Operator } from './operator.js';
import { recurrent } from './recurrent.js';

/** Every operator that is run. */
export const operators: Readonly<Record<string, Operator>> = { ...recurrent };
