/* Training in segments that the backward pass runs again: the same numbers, in less memory. */
import {
  batchNorm,
  dense,
  dropout,
  type FitOptions,
  gru,
  type Layer,
  lstm,
  type Network,
  type Sample,
  sequential,
  type Tape,
  type Tensor,
} from '@recurra/core';
import type { Check } from '../check.js';
import { random, type Values } from '../numbers.js';
import type { Case } from '../suite.js';
import { exact, ofGolden } from '../tolerance.js';

const group = 'checkpointing';
const FEATURES = 2;
const CLASSES = 3;
const SEGMENTS = 4;

/** Changes a network before it is trained, to make it a wrong one. */
export type Change = (network: Network) => void;

const sampleOf = (steps: number, seed: number): Sample => ({
  x: Array.from({ length: steps }, (_, t) => random([FEATURES], 100 * seed + t).data),
  y: Array.from({ length: steps }, (_, t) => (t * (seed + 1)) % CLASSES),
});

/** @param change applied to every network */
export function checkpointingCases(change: Change = () => {}): Case[] {
  return [
    {
      group,
      name: 'masks, lengths, states and buffers are those of training without segments, bit for bit if nothing is freed',
      needs: 'determinism',
      async run(check) {
        const layers = [
          gru({ units: 4, returnSequences: true, dropout: 0.2, recurrentDropout: 0.2 }),
          dropout({ rate: 0.3 }),
          batchNorm({ momentum: 0.5 }),
          lstm({ units: 3, returnSequences: true }),
          dense({ units: CLASSES, activation: 'softmax' }),
        ];
        const samples = [sampleOf(9, 0), sampleOf(4, 1)];
        const run = (checkpointing: FitOptions['checkpointing']) =>
          train(check, layers, samples, checkpointing, change);
        const kept = await run({ segments: SEGMENTS, recompute: false });
        const again = await run(SEGMENTS);
        const whole = await run(false);
        for (const [name, values] of Object.entries(kept)) {
          check.near(`${name}, computed again, `, again[name], values, exact);
          check.near(`${name}, in segments, `, values, whole[name], ofGolden(whole[name].data));
        }
      },
    },
    {
      group,
      name: 'a step in segments needs less than two thirds of the memory',
      async run(check) {
        const peakOf = async (recompute: boolean) => {
          const { bytes } = check.backend.memory();
          let peak = 0;
          const probe = memoryProbe(() => {
            peak = Math.max(peak, check.backend.memory().bytes - bytes);
          });
          const layers = [
            lstm({ units: 8, returnSequences: true }),
            probe,
            dense({ units: CLASSES, activation: 'softmax' }),
          ];
          await train(check, layers, [sampleOf(80, 2), sampleOf(80, 3)], { segments: 16, recompute }, change);
          return peak;
        };
        const [kept, again] = [await peakOf(false), await peakOf(true)];
        // Kernels that save no activations need less memory to begin with.
        check.same(`that ${again} bytes are less than two thirds of ${kept}`, again < (kept * 2) / 3, true);
      },
    },
  ];
}

export const checkpointing: Case[] = checkpointingCases();

/** A layer that changes nothing and calls `see` in both passes. */
function memoryProbe(see: () => void): Layer {
  return {
    kind: 'memoryProbe',
    options: {},
    build: (input) => ({
      outputShape: input,
      parameters: {},
      apply(tape: Tape, { value }) {
        see();
        const y = tape.backend.reshape(value, value.shape);
        tape.record([value], [y], ([dy]) => {
          see();
          return [tape.reshape(dy as Tensor, value.shape)];
        });
        return { output: { value: y } };
      },
    }),
  };
}

/** Trains for one step, and returns the loss, the gradient's norm, the weights and the buffers. */
async function train(
  check: Check,
  layers: readonly Layer[],
  samples: readonly Sample[],
  checkpointing: FitOptions['checkpointing'],
  change: Change,
): Promise<Record<string, Values>> {
  const network: Network = sequential(layers, { inputShape: [null, FEATURES] }).on(check.backend, {
    seed: 4,
  });
  change(network);
  try {
    const results: Record<string, Values> = {};
    const options = {
      loss: 'crossEntropy',
      optimizer: 'adam',
      epochs: 2,
      batchSize: samples.length,
    } as const;
    for await (const { step, loss, gradientNorm } of network.fit(samples, { ...options, checkpointing }))
      results[`loss and gradient's norm at step ${step}`] = { shape: [2], data: [loss, gradientNorm] };
    return { ...results, ...(await network.getWeights()) };
  } finally {
    network.dispose();
  }
}
