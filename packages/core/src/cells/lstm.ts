import type { Tensor } from '../contract/tensor.js';
import { activate } from '../tape/activate.js';
import { type CellStart, clipGate, maskState, normalizeCell, normalizeGates, projectInput } from './gates.js';

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, forget gate: Gers et al. 2000), gates i, f, g, o. Peepholes
 * add c to i and f, and the new c to o (Gers & Schmidhuber 2000). The projection is that of Sak et al. 2014.
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
    step(x, [h, c], watch) {
      const product = tape.matmul(maskState(tape, h, recurrentMask), weights.recurrentKernel);
      const gates = tape.add(x, normalizeGates(tape, spec, product, weights.recurrentGain));
      const [i, f, g, o] = tape.split(gates, [H, H, H, H], 1);

      const candidate = activate(tape, clipGate(tape, g, spec.clip), spec.activation);
      const forgetGate = open(peep(f, c, 1));
      const inputGate = open(peep(i, c, 0));
      const cell = tape.add(tape.mul(forgetGate, c), tape.mul(inputGate, candidate));

      const { cellGain, cellBias, projection } = weights;
      const normalized = cellGain && cellBias ? normalizeCell(tape, cell, cellGain, cellBias) : cell;
      const outputGate = open(peep(o, cell, 2));
      const output = tape.mul(outputGate, activate(tape, normalized, spec.activation));
      watch?.({ inputGate, forgetGate, candidate, outputGate, cell });
      return [projection ? tape.matmul(output, projection) : output, cell];
    },
  };
};
