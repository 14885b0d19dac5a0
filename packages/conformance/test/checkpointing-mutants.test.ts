/* Training in segments with one error each fails the cases in float32; the correct training passes them. */
import { reference } from '@recurra/backend-reference';
import {
  type LayerContext,
  type LayerOutput,
  type Network,
  seededRandom,
  type Tape,
  type Tensor,
} from '@recurra/core';
import { expect, test } from 'vitest';
import { type Change, checkpointingCases } from '../src/cases/checkpointing.js';
import { singlePrecision } from '../src/mutants/single-precision.js';
import { type Result, Session } from '../src/suite.js';

/** A change of one kind of layer: `change` runs instead of its `apply`. */
const ofLayer =
  (
    kind: string,
    change: (
      tape: Tape,
      context: LayerContext,
      apply: (context: LayerContext) => LayerOutput,
      network: Network,
    ) => LayerOutput,
  ): Change =>
  (network) => {
    for (const { layer, built } of network.model.nodes) {
      if (layer.kind !== kind) continue;
      const right = built.apply.bind(built);
      const apply = (tape: Tape, input: never, context: LayerContext) =>
        change(tape, context, (other) => right(tape, input, other), network);
      Object.assign(built, { apply });
    }
  };

const mutants: readonly [wrong: string, change: Change][] = [
  [
    'a mask is drawn again in the backward pass',
    (network) => {
      let drawn = 0;
      Object.defineProperty(network, 'random', { value: () => seededRandom(drawn++) });
    },
  ],
  [
    'the masks of steps start anew in each segment',
    (network) => {
      for (const { built } of network.model.nodes) Object.assign(built, { drawsEachStep: false });
    },
  ],
  [
    'a segment starts from zero',
    ofLayer('lstm', (_, context, apply) => apply({ ...context, state: undefined })),
  ],
  [
    'the gradient of the state between segments is dropped',
    ofLayer('lstm', (tape, context, apply) => {
      const state = context.state?.map((x) => tape.own(tape.backend.affine(x, 1, 0)));
      return apply({ ...context, state });
    }),
  ],
  [
    'running means are moved again in the backward pass',
    ofLayer('batchNorm', (tape, context, apply, { backend, buffers }) => {
      const { output, buffers: moved = {} } = apply(context);
      for (const [own, value] of Object.entries(moved)) {
        backend.free(buffers.get(`2.${own}`) as Tensor);
        buffers.set(`2.${own}`, tape.keep(value));
      }
      return { output };
    }),
  ],
  [
    'activations are kept in spite of the option',
    (network) => {
      const right = network.fit.bind(network);
      const fit: Network['fit'] = (samples, options) => {
        const { checkpointing } = options;
        const kept = typeof checkpointing === 'object' && { ...checkpointing, recompute: false };
        return right(samples, { ...options, checkpointing: kept || checkpointing });
      };
      Object.defineProperty(network, 'fit', { value: fit });
    },
  ],
];

async function results(change?: Change): Promise<Result[]> {
  const session = new Session(async () => singlePrecision(await reference()));
  const all: Result[] = [];
  for (const item of checkpointingCases(change)) all.push(await session.run(item));
  return all;
}

test('training in segments passes', async () => {
  expect((await results()).filter(({ status }) => status !== 'passed')).toEqual([]);
});

test.for(mutants)('%s', async ([, change]) => {
  const failed = (await results(change)).find(({ status }) => status === 'failed');
  expect(failed?.reason).not.toMatch(/^(TypeError|ReferenceError|RangeError|ShapeError)/);
  expect(failed).toBeDefined();
});
