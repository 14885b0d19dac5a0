/* The results of a network's forward pass, on the host. */
import type { Network, Tensor } from '@recurra/core';
import type { Check } from './check.js';
import { read, type Values } from './numbers.js';
import { type Depth, ofDepth } from './tolerance.js';

export interface Run {
  readonly output: Values;
  readonly state: readonly (readonly Values[])[];
}

/** Runs `network` on `x`, which is time-major. */
export async function forward(
  check: Check,
  network: Network,
  x: Values,
  options: { lengths?: readonly number[]; state?: readonly (readonly Values[])[] } = {},
): Promise<Run> {
  const { backend } = network;
  const tape = check.tape(backend);
  const upload = ({ data, shape }: Values) => tape.constant(data, shape);
  const { lengths, state = [] } = options;
  const result = network.forward(
    tape,
    { value: upload(x), ...(lengths && { lengths }) },
    { initialState: Object.fromEntries(state.map((tensors, layer) => [layer, tensors.map(upload)])) },
  );
  const host = (tensor: Tensor) => read(backend, tensor);
  return {
    output: await host(result.output.value),
    state: await Promise.all(
      network.model.nodes.map(({ name }) => Promise.all((result.state[name] ?? []).map(host))),
    ),
  };
}

/** Fails unless two results agree within rounding. */
export function same(check: Check, what: string, actual: Values, expected: Values, depth: Depth): void {
  check.near(`${what} `, actual, expected, ofDepth(expected.data, depth, check.precision));
}

/** The same for outputs and final states. */
export function sameRun(check: Check, actual: Run, expected: Run, depth: Depth): void {
  same(check, 'output', actual.output, expected.output, depth);
  for (const [layer, tensors] of expected.state.entries()) {
    for (const [i, tensor] of tensors.entries())
      same(check, `state ${i} of layer ${layer}`, actual.state[layer][i], tensor, depth);
  }
}
