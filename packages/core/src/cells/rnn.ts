import { activate } from '../tape/activate.js';
import { type CellStart, clipGate, maskState, normalizeGates, projectInput } from './gates.js';

/** The simple recurrent cell (Elman 1990): h' = activation(W x + U h + b). */
export const rnnCell: CellStart = (tape, spec, inputs) => {
  const { weights, recurrentMask } = inputs;
  return {
    project: projectInput(tape, spec, inputs),
    step(x, [h]) {
      const product = tape.matmul(maskState(tape, h, recurrentMask), weights.recurrentKernel);
      const gate = tape.add(x, normalizeGates(tape, spec, product, weights.recurrentGain));
      return [activate(tape, clipGate(tape, gate, spec.clip), spec.activation)];
    },
  };
};
