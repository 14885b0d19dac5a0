import type { Shape } from '../contract/tensor.js';
import type { SignalShape } from '../layers/layer.js';
import type { LayerKernel, NetworkBase } from './network-base.js';

/** See `Network.explain`. */
export function explain(network: NetworkBase): LayerKernel[] {
  const tape = network.tape();
  try {
    for (const parameter of network.parameters.values()) tape.watch(parameter);
    const value = tape.fill(shapeOf(network.model.input), 0);
    return [...network.forward(tape, { value }, { training: true }).kernels];
  } finally {
    tape.dispose();
  }
}

/** One row of two steps, where the model does not say how many. */
function shapeOf(input: SignalShape): Shape {
  switch (input.kind) {
    case 'vector':
      return [1, input.features];
    case 'indices':
      return [input.time ?? 2, 1];
    case 'sequence':
      return [input.time ?? 2, 1, input.features];
  }
}
