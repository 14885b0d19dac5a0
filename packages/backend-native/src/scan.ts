import type { Tensor } from '@recurra/core';
import type { ScanKernel, ScanSpec } from '@recurra/core/backend';
import type { Context } from './memory.js';

/** The scan h_t = a_t ⊙ h_{t−1} + b_t over a sequence: T steps, B rows, H units. */
export function scan({ native, get, getOrZero, add, result }: Context): ScanKernel {
  const sizesOf = ({ time, batch, units, reverse }: ScanSpec) => [time, batch, units, reverse] as const;

  return {
    declines: () => undefined,

    forward(spec, { a, b, initialState, lengths }) {
      const { time, batch, units } = spec;
      const inputs = [get(a), get(b), getOrZero(initialState), getOrZero(lengths)] as const;
      return {
        y: add(native.scanForward(...inputs, ...sizesOf(spec)), [time, batch, units]),
        state: result(0, [batch, units]) as Tensor,
        saved: [],
      };
    },

    backward(spec, { a, initialState, lengths }, { y }, gradients) {
      const { time, batch, units } = spec;
      const inputs = [get(a), getOrZero(initialState), getOrZero(lengths), get(y)] as const;
      const outputs = [getOrZero(gradients.y), getOrZero(gradients.state)] as const;
      return {
        a: add(native.scanBackward(...inputs, ...outputs, ...sizesOf(spec)), [time, batch, units]),
        b: result(0, [time, batch, units]) as Tensor,
        initialState: result(1, [batch, units]),
      };
    },
  };
}
