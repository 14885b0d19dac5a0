/*
 * The cells: the equations of docs/semantics.md and their derivatives, as text for one row of the batch. `$` stands for the
 * row, so `i$` is a variable of that row, and `c[$]` the row's component of a texel. The equations can use
 *
 *   x0[$], x1[$] …         x·W + b, for each gate that the phase reads
 *   s[0][$], s[1][$] …     h·U + the recurrent bias, for each gate of the phase's product
 */

/**
 * Selects a block of an array: that of this step, of the state before or after it, or the only block of an
 * array that each step overwrites.
 */
export type Moment = 'here' | 'before' | 'after' | 'now';

/** A block of the array `of`. */
export interface Block {
  readonly of: string;
  readonly at: Moment;
}

/** A result: its value for rows that have this step, and for rows whose length is exceeded. */
export interface Written {
  readonly at: Moment;
  readonly valid: string;
  readonly past: string;
}

/** The array of the weights U of these gates. */
export const recurrentWeights = (gates: readonly number[]) => `u${gates.join('')}`;

/** One launch over all units and rows: the product with U, if any, then the equations. */
export interface Phase {
  readonly product?: Block & { readonly gates: readonly number[] };
  /** The blocks to read, by their names in the equations. */
  readonly reads: Readonly<Record<string, Block>>;
  readonly equations: string;
  readonly writes: Readonly<Record<string, Written>>;
}

/** A phase for which only the last block of these arrays exists, which each step replaces. */
export function withoutHistory(phase: Phase, names: readonly string[]): Phase {
  const last = <T extends { readonly at: Moment }>(of: string, block: T): T =>
    names.includes(of) ? { ...block, at: 'now' } : block;
  const { product, reads, writes } = phase;
  const readEntries = Object.entries(reads).map(([name, block]) => [name, last(block.of, block)]);
  const writeEntries = Object.entries(writes).map(([name, written]) => [name, last(name, written)]);
  return {
    ...phase,
    ...(product && { product: last(product.of, product) }),
    reads: Object.fromEntries(readEntries),
    writes: Object.fromEntries(writeEntries),
  };
}

/** One launch of the backward pass: the gradients of these gates times Uᵀ, plus the direct gradient of the state. */
export interface BackwardPhase {
  readonly gates: readonly number[];
  readonly gradients: readonly string[];
  readonly plus?: string;
  readonly writes: string;
}

export interface Cell {
  readonly name: string;
  /** G */
  readonly gates: number;
  /** h, or h and c */
  readonly states: readonly string[];
  /** The activations that the backward pass reads, in addition to the states. */
  readonly saved: readonly string[];
  readonly forward: readonly Phase[];
  readonly backward: readonly (Phase | BackwardPhase)[];
  /** The gradients of x·W + b, for each gate. */
  readonly inputGradients: readonly string[];
  /** The products with U: the factor, and the gradients of the gates, in their order. */
  readonly recurrentGradients: readonly (Block & { readonly gradients: readonly string[] })[];
}

export const here = (of: string): Block => ({ of, at: 'here' });
export const now = (of: string): Block => ({ of, at: 'now' });
export const before = (of: string): Block => ({ of, at: 'before' });
export const after = (of: string): Block => ({ of, at: 'after' });

/** An activation of each step, which is not read past a row's length. */
export const activation = (variable: string): Written => ({ at: 'here', valid: variable, past: variable });
/** The next state, which does not change past a row's length. */
export const state = (valid: string, past: string): Written => ({ at: 'after', valid, past });
/** The gradient of a gate, zero past a row's length. */
export const gradient = (valid: string): Written => ({ at: 'here', valid, past: '0' });
/** The gradient of the state, for the previous step. */
export const stateGradient = (valid: string, past: string): Written => ({ at: 'now', valid, past });
