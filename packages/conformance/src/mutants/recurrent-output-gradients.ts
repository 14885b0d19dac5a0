/*
 * Fused recurrent kernels whose backward pass is wrong for some combination of output gradients (of y, h and
 * c).
 */
import type { RecurrentOutputGradients } from '@recurra/core/backend';
import { only, recurrent } from './kernels.js';
import type { Mutant } from './mutant.js';

const FIRST = 'recurrent/output-gradients: lstm';

/** The outputs that have a gradient: some of 'y', 'h' and 'c', in this order. */
function args({ y, state: [h, c] }: RecurrentOutputGradients): string {
  return [y && 'y', h && 'h', c && 'c'].filter(Boolean).join('');
}

/** Changes the output gradients of an LSTM if exactly these outputs have one. */
function seeds(
  outputs: string,
  name: string,
  what: string,
  change: (seeds: RecurrentOutputGradients) => RecurrentOutputGradients,
): Mutant {
  const lstm = only(({ cell }) => cell === 'lstm', {
    seeds: (_, all) => (args(all) === outputs ? change(all) : all),
  });
  return recurrent(`gradient of ${[...outputs].join(' and ')}: ${name}`, what, lstm, FIRST);
}

export const recurrentOutputGradients: Mutant[] = [
  seeds('c', 'ignored', 'if only c is used, there is no gradient', () => ({ state: [] })),
  seeds('yh', 'h ignored', 'if y and h are used, only y has a gradient', ({ y }) => ({ y, state: [] })),
  seeds('yh', 'y ignored', 'if y and h are used, only h has a gradient', ({ state }) => ({ state })),
  seeds('yc', 'c ignored', 'if y and c are used, only y has a gradient', ({ y }) => ({ y, state: [] })),
  seeds('yc', 'y ignored', 'if y and c are used, only c has a gradient', ({ state }) => ({ state })),
  seeds('hc', 'c ignored', 'if h and c are used, only h has a gradient', ({ state: [h] }) => ({
    state: [h],
  })),
];
