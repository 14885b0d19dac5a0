/* Networks with one error each in how they run a graph break a law; correct networks keep all of them. */
import { reference } from '@recurra/backend-reference';
import type { Backend, Network } from '@recurra/core';
import { afterAll, expect, test } from 'vitest';
import { laws, type On } from './graph-checks.js';

type AnyNetwork = Network<never>;
type Method = (...args: never[]) => never;

const backend: Backend = await reference();
afterAll(() => backend.dispose());

/** Replaces a method of one network. */
function patch<Name extends keyof AnyNetwork>(
  network: AnyNetwork,
  name: Name,
  make: (right: Method) => (...args: never[]) => unknown,
): AnyNetwork {
  const right = (network[name] as Method).bind(network);
  Object.defineProperty(network, name, { value: make(right) });
  return network;
}

/** Changes where the nodes of a network start. */
function restart(
  network: AnyNetwork,
  change: (start: { node: string; shared?: object }) => object,
): AnyNetwork {
  for (const node of network.model.nodes) {
    const { initialState } = node;
    if (initialState && 'node' in initialState)
      Object.assign(node, { initialState: { ...initialState, ...change(initialState) } });
  }
  return network;
}

/** What is wrong with a network, the law that it breaks, and how it is made so. */
const mutants: readonly [
  wrong: string,
  law: keyof typeof laws,
  change: (network: AnyNetwork) => AnyNetwork,
][] = [
  [
    'gradients of the later uses of shared weights are dropped',
    'shared weights have the sum of the gradients of their uses',
    (network) =>
      patch(network, 'weightsOf', (right) => (node: { name: string; owner: string }) => {
        const weights: Record<string, never> = right(node as never);
        if (node.owner === node.name) return weights;
        const copies = Object.entries(weights).map(([name, x]) => [name, backend.affine(x, 1, 0)]);
        return Object.fromEntries(copies);
      }),
  ],
  [
    'a state goes into the wrong node',
    'the state of a bidirectional gru is its output',
    (network) => restart(network, ({ node }) => ({ node: node === 'encoder' ? 'other' : node })),
  ],
  [
    'the directions of a joined state are exchanged',
    'the state of a bidirectional gru is its output',
    (network) =>
      restart(network, ({ shared }) => {
        const { join } = shared as { join: (tape: unknown, state: unknown[]) => unknown };
        const swap = (tape: unknown, state: unknown[]) => join(tape, [...state].reverse());
        return { shared: { ...shared, join: swap } };
      }),
  ],
  [
    'a stream has the memory of an earlier one',
    'streams side by side are what predict computes',
    (network) => {
      let first: unknown;
      return patch(network, 'stream', (right) => (given: unknown, options: unknown) => {
        first ??= given;
        return right(first as never, options as never);
      });
    },
  ],
  [
    'a reordered stream keeps its states',
    'a row that was reordered goes on with the tokens of the other',
    (network) =>
      patch(
        network,
        'stream',
        (right) => (given: never, options: never) =>
          Object.assign(right(given, options) as object, { reorder() {} }),
      ),
  ],
  [
    'an input has the lengths of another',
    'a batch is its rows, each alone',
    (network) =>
      patch(network, 'inputSignals', (right) => (...args: never[]) => {
        const signals: { lengths?: unknown }[] = right(...args);
        return signals.map((signal, i) => signal && { ...signal, lengths: signals.at(i - 1)?.lengths });
      }),
  ],
  [
    'statistics of batches are not kept',
    'a chain as a graph trains as sequential does, bit for bit',
    (network) =>
      patch(network, 'forward', (right) => (...args: never[]) => ({
        ...(right(...args) as object),
        buffers: new Map(),
      })),
  ],
  [
    'weights of losses are ignored',
    'the loss of a step is the weighted sum of the losses of the outputs',
    (network) =>
      patch(
        network,
        'fit',
        (right) => (samples: never, options: object) =>
          right(samples, { ...options, lossWeights: undefined } as never),
      ),
  ],
];

test.each(Object.entries(laws))('%s', async (_, law) => {
  await law((model, backend, options) => model.on(backend, options) as AnyNetwork, backend);
});

test.each(mutants)('%s', async (_, law, change) => {
  const wrong: On = (model, backend, options) => change(model.on(backend, options) as AnyNetwork);
  // An error of another kind proves nothing.
  await expect(laws[law](wrong, backend)).rejects.toThrow(
    expect.objectContaining({ name: 'AssertionError' }),
  );
});
