/*
 * Laws that must hold on any backend for any numbers. Both sides are computed on the same backend, in two
 * different ways.
 */
import { dense, type Layer, type Network, type RecurrentLayer, sequential } from '@recurra/core';
import type { Check } from './check.js';
import { forward, type Run, same, sameRun } from './network-run.js';
import { at, build, type Values } from './numbers.js';
import { type Depth, exact } from './tolerance.js';

/** The layer and input that a law is tested on. */
export interface Subject {
  /** Makes a layer that returns every step, with further options. */
  readonly make: (options?: object) => RecurrentLayer;
  /** [T, B, F] */
  readonly x: Values;
  /** A length for each row. */
  readonly lengths: readonly number[];
}

export function networkOf(check: Check, layers: readonly Layer[], features: number): Network {
  return check.use(sequential(layers, { inputShape: [null, features] }).on(check.backend, { seed: 3 }));
}

export function depthOf({ shape: [time, batch, features] }: Values, layers = 1): Depth {
  return { steps: layers * Math.max(1, time), terms: features + batch + 64 };
}

/** x with its steps, rows or features taken from other indices. */
export function rearranged(
  x: Values,
  shape: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): Values {
  return build(shape, (index) => at(x, from(index)));
}

const steps = (x: Values, start: number, count: number) =>
  rearranged(x, [count, ...x.shape.slice(1)], ([t, ...rest]) => [t + start, ...rest]);

/**
 * Processing a sequence in chunks, with the state passed on, must equal processing it whole. @param counts
 * the steps of each chunk
 */
export async function chunks(check: Check, { make, x, lengths }: Subject, counts: readonly number[]) {
  const depth = depthOf(x, 2);
  const network = networkOf(check, [make(), dense({ units: 2 })], x.shape[2]);
  const whole = await forward(check, network, x, { lengths });
  let state: Run['state'] = [];
  let start = 0;
  for (const count of counts) {
    const left = lengths.map((length) => Math.min(count, Math.max(0, length - start)));
    const part = await forward(check, network, steps(x, start, count), { state, lengths: left });
    same(check, `steps from ${start}`, part.output, steps(whole.output, start, count), depth);
    state = part.state;
    start += count;
  }
  sameRun(check, { output: whole.output, state }, whole, depth);
}

/** goBackwards over a reversed sequence must equal going forwards over the original. */
export async function reversal(check: Check, { make, x, lengths }: Subject) {
  const backwards = rearranged(x, x.shape, ([t, b, f]) => [t < lengths[b] ? lengths[b] - 1 - t : t, b, f]);
  const features = x.shape[2];
  const ahead = await forward(check, networkOf(check, [make()], features), x, { lengths });
  const network = networkOf(check, [make({ goBackwards: true })], features);
  sameRun(check, await forward(check, network, backwards, { lengths }), ahead, depthOf(x));
}

/**
 * Each row alone, without padding, must equal the same row in the batch, with arbitrary numbers as padding.
 */
export async function padding(check: Check, layer: Layer, { x, lengths }: Omit<Subject, 'make'>) {
  const [time, batch, features] = x.shape;
  const padded = build([time + 2, batch, features], ([t, b, f]) =>
    t < lengths[b] ? at(x, [t, b, f]) : 1e4 - 3e3 * b,
  );
  const depth = depthOf(x);
  const network = networkOf(check, [layer], features);
  const together = await forward(check, network, padded, { lengths });
  for (const [b, length] of lengths.entries()) {
    if (length === 0) continue;
    const row = rearranged(x, [length, 1, features], ([t, , f]) => [t, b, f]);
    const alone = await forward(check, network, row);
    const mine = (all: Values, { shape }: Values) =>
      rearranged(all, shape, (index) => index.map((n, axis) => (axis === index.length - 2 ? b : n)));
    same(check, `row ${b}`, mine(together.output, alone.output), alone.output, depth);
    for (const [i, state] of alone.state[0].entries())
      same(check, `state ${i} of row ${b}`, mine(together.state[0][i], state), state, depth);
  }
  if (together.output.shape.length === 3) zeroPastLengths(check, together.output, lengths);
}

/** Past a row's length, the outputs must be zero. */
export function zeroPastLengths(check: Check, { data, shape }: Values, lengths: readonly number[]): void {
  const [, batch, features] = shape;
  const past = Array.from(data).filter(
    (_, i) => Math.floor(i / (batch * features)) >= lengths[Math.floor(i / features) % batch],
  );
  const zeros = { data: past.map(() => 0), shape: [past.length] };
  check.near('padding of the output', { data: past, shape: [past.length] }, zeros, exact);
}

/** A permuted batch must give the permuted result. @param order the source row of each row */
export async function permutation(
  check: Check,
  layer: Layer,
  { x, lengths }: Omit<Subject, 'make'>,
  order: readonly number[],
) {
  const permute = (values: Values) =>
    rearranged(values, values.shape, (index) =>
      index.map((n, axis) => (axis === index.length - 2 ? order[n] : n)),
    );
  const network = networkOf(check, [layer], x.shape[2]);
  const before = await forward(check, network, x, { lengths });
  const after = await forward(check, network, permute(x), { lengths: order.map((row) => lengths[row]) });
  const expected = { output: permute(before.output), state: before.state.map((all) => all.map(permute)) };
  sameRun(check, after, expected, depthOf(x));
}

/** A stack must equal its layers applied one by one. */
export async function stack(check: Check, layers: readonly Layer[], x: Values) {
  const depth = depthOf(x, layers.length);
  const whole = networkOf(check, layers, x.shape[2]);
  const weights = await whole.getWeights();
  const expected = await forward(check, whole, x);
  let signal: Values = x;
  for (const [i, layer] of layers.entries()) {
    const network = networkOf(check, [layer], signal.shape[2]);
    const own = Object.entries(weights).filter(([name]) => name.startsWith(`${i}.`));
    network.setWeights(
      Object.fromEntries(own.map(([name, values]) => [name.replace(`${i}.`, '0.'), values])),
    );
    const { output, state } = await forward(check, network, signal);
    for (const [j, tensor] of state[0].entries())
      same(check, `state ${j} of layer ${i}`, tensor, expected.state[i][j], depth);
    signal = output;
  }
  same(check, 'output', signal, expected.output, depth);
}
