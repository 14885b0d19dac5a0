/* The equations of each cell (docs/semantics.md), also with the numbers of one unit at one step. */

export interface Line {
  /** The signal that the equation defines. */
  readonly name: string;
  readonly what: string;
  readonly equation: string;
  /** The range of its colours: a gate is from 0 to 1, other signals have both signs. */
  readonly range: 'gate' | 'signed';
  /** The right side with the numbers of a step and of the step before; absent if it depends on all units and inputs. */
  readonly filled?: (
    now: Readonly<Record<string, number>>,
    before: Readonly<Record<string, number>>,
  ) => string;
}

export function number(value: number): string {
  return value.toFixed(2).replace('-', '−');
}

const product = (a: number, b: number) => `${number(a)} · ${number(b)}`;

export const equations: Readonly<Record<string, readonly Line[]>> = {
  rnn: [{ name: 'h', what: 'output', equation: 'h = tanh(W x + U h₋₁ + b)', range: 'signed' }],
  gru: [
    { name: 'r', what: 'reset gate', equation: 'r = σ(W x + U h₋₁ + b)', range: 'gate' },
    { name: 'z', what: 'update gate', equation: 'z = σ(W x + U h₋₁ + b)', range: 'gate' },
    { name: 'n', what: 'candidate', equation: 'n = tanh(W x + b + r ⊙ (U h₋₁ + b′))', range: 'signed' },
    {
      name: 'h',
      what: 'output',
      equation: 'h = (1 − z) ⊙ n + z ⊙ h₋₁',
      range: 'signed',
      filled: ({ z, n }, { h }) => `${product(1 - z, n)} + ${product(z, h)}`,
    },
  ],
  lstm: [
    { name: 'i', what: 'input gate', equation: 'i = σ(W x + U h₋₁ + b)', range: 'gate' },
    { name: 'f', what: 'forget gate', equation: 'f = σ(W x + U h₋₁ + b)', range: 'gate' },
    { name: 'g', what: 'candidate', equation: 'g = tanh(W x + U h₋₁ + b)', range: 'signed' },
    { name: 'o', what: 'output gate', equation: 'o = σ(W x + U h₋₁ + b)', range: 'gate' },
    {
      name: 'c',
      what: 'cell state',
      equation: 'c = f ⊙ c₋₁ + i ⊙ g',
      range: 'signed',
      filled: ({ f, i, g }, { c }) => `${product(f, c)} + ${product(i, g)}`,
    },
    {
      name: 'h',
      what: 'output',
      equation: 'h = o ⊙ tanh(c)',
      range: 'signed',
      filled: ({ o, c }) => `${number(o)} · tanh(${number(c)})`,
    },
  ],
};
