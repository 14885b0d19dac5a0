import { activate } from '../activations.js';
import type { Tensor } from '../contract/tensor.js';
import { type CellStart, clipGate, maskState, normalizeCell, normalizeGates, projectInput } from './gates.js';

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, forget gate: Gers et al. 2000), gates i, f, g, o. Peepholes
 * look at c on i and f, at the new c on o (Gers & Schmidhuber 2000); the projection is that of Sak et al. 2014.
 */
export const lstmCell: CellStart = (tape, spec, inputs) => {
  const { weights, recurrentMask } = inputs;
  const H = spec.units;
  const peepholes = weights.peepholes && tape.split(weights.peepholes, [H, H, H], 0);
  const peep = (gate: Tensor, c: Tensor, at: number) =>
    peepholes ? tape.add(gate, tape.mul(c, peepholes[at])) : gate;
  const open = (gate: Tensor) => activate(tape, clipGate(tape, gate, spec.clip), spec.recurrentActivation);
  return {
    project: projectInput(tape, spec, inputs),
    step(x, [h, c]) {
      const product = tape.matmul(maskState(tape, h, recurrentMask), weights.recurrentKernel);
      const gates = tape.add(x, normalizeGates(tape, spec, product, weights.recurrentGain));
      const [i, f, g, o] = tape.split(gates, [H, H, H, H], 1);

      const candidate = activate(tape, clipGate(tape, g, spec.clip), spec.activation);
      const next = tape.add(tape.mul(open(peep(f, c, 1)), c), tape.mul(open(peep(i, c, 0)), candidate));

      const { cellGain, cellBias, projection } = weights;
      const seen = cellGain && cellBias ? normalizeCell(tape, next, cellGain, cellBias) : next;
      const output = tape.mul(open(peep(o, next, 2)), activate(tape, seen, spec.activation));
      return [projection ? tape.matmul(output, projection) : output, next];
    },
  };
};
