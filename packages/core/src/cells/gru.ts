import type { Tensor } from '../contract/tensor.js';
import { activate } from '../tape/activate.js';
import { type CellStart, clipGate, maskState, normalizeGates, projectInput } from './gates.js';

/**
 * Gated recurrent unit (Cho et al. 2014), gates r, z, n. With `resetAfter`, the reset gate is applied after the
 * recurrent product (cuDNN, PyTorch, Keras 3); without it, before the product, as in the paper.
 */
export const gruCell: CellStart = (tape, spec, inputs) => {
  const { weights, recurrentMask } = inputs;
  const H = spec.units;
  const open = (gate: Tensor) => activate(tape, clipGate(tape, gate, spec.clip), spec.recurrentActivation);
  const candidate = (gate: Tensor) => activate(tape, clipGate(tape, gate, spec.clip), spec.activation);
  /** (1 − z)·n + z·h */
  const mix = (h: Tensor, z: Tensor, n: Tensor) => tape.add(n, tape.mul(z, tape.sub(h, n)));

  if (spec.resetAfter) {
    return {
      project: projectInput(tape, spec, inputs),
      step(x, [h], watch) {
        const raw = tape.matmul(maskState(tape, h, recurrentMask), weights.recurrentKernel);
        const product = normalizeGates(tape, spec, raw, weights.recurrentGain);
        const recurrent = weights.recurrentBias ? tape.add(product, weights.recurrentBias) : product;
        const [xr, xz, xn] = tape.split(x, [H, H, H], 1);
        const [hr, hz, hn] = tape.split(recurrent, [H, H, H], 1);
        const r = open(tape.add(xr, hr));
        const z = open(tape.add(xz, hz));
        const n = candidate(tape.add(xn, tape.mul(r, hn)));
        watch?.({ resetGate: r, updateGate: z, candidate: n });
        return [mix(h, z, n)];
      },
    };
  }

  const [gateKernel, candidateKernel] = tape.split(weights.recurrentKernel, [2 * H, H], 1);
  const [gateGain, candidateGain] = weights.recurrentGain
    ? tape.split(weights.recurrentGain, [2 * H, H], 0)
    : [];
  return {
    project: projectInput(tape, spec, inputs),
    step(x, [h], watch) {
      const masked = maskState(tape, h, recurrentMask);
      const [xr, xz, xn] = tape.split(x, [H, H, H], 1);
      const gates = normalizeGates(tape, spec, tape.matmul(masked, gateKernel), gateGain);
      const [hr, hz] = tape.split(gates, [H, H], 1);
      const r = open(tape.add(xr, hr));
      const z = open(tape.add(xz, hz));
      const product = tape.matmul(tape.mul(r, masked), candidateKernel);
      const n = candidate(tape.add(xn, normalizeGates(tape, spec, product, candidateGain)));
      watch?.({ resetGate: r, updateGate: z, candidate: n });
      return [mix(h, z, n)];
    },
  };
};
