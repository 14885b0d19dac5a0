import type { ScanInputs, ScanKernel, ScanSpec } from '@recurra/core/backend';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** The scan h_t = a_t ⊙ h_{t−1} + b_t over a sequence: T steps, B rows, H units. */
export function scan({ native, get, getOrZero, result, resultIfAny }: Context): ScanKernel {
  const { shared, scanForward, scanBackward } = native;

  /** Writes the arguments that both passes have. */
  const write = (spec: ScanSpec, { a, initialState, lengths }: ScanInputs) => {
    shared[F.time] = spec.time;
    shared[F.batch] = spec.batch;
    shared[F.units] = spec.units;
    shared[F.reverse] = Number(spec.reverse);
    shared[F.a] = get(a);
    shared[F.initialH] = getOrZero(initialState);
    shared[F.lengths] = getOrZero(lengths);
  };

  return {
    declines: () => undefined,

    forward(spec, inputs) {
      const { time, batch, units } = spec;
      write(spec, inputs);
      shared[F.b] = get(inputs.b);
      scanForward();
      return { y: result(F.y, [time, batch, units]), state: result(F.h, [batch, units]), saved: [] };
    },

    backward(spec, inputs, { y }, gradients) {
      const { time, batch, units } = spec;
      write(spec, inputs);
      shared[F.y] = get(y);
      shared[F.dY] = getOrZero(gradients.y);
      shared[F.dH] = getOrZero(gradients.state);
      scanBackward();
      return {
        a: result(F.dA, [time, batch, units]),
        b: result(F.dB, [time, batch, units]),
        initialState: resultIfAny(F.dH, [batch, units]),
      };
    },
  };
}
