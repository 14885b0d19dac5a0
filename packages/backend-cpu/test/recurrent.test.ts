import { reference } from '@recurra/backend-reference';
import { adam, type Backend, gru, lstm, sequential, Tape, type Tensor } from '@recurra/core';
import {
  type RecurrentCell,
  type RecurrentInputs,
  type RecurrentSequence,
  recurrentSequence,
} from '@recurra/core/backend';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { expectClose, numbers, tensor } from './support.js';

interface Case {
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly activation: 'tanh' | 'relu';
  readonly resetAfter: boolean;
  readonly bias: boolean;
  readonly reverse: boolean;
  readonly initialState: boolean;
  readonly inputGradient: boolean;
  readonly training: boolean;
  readonly used: { readonly y: boolean; readonly state: boolean };
  readonly time: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly units: number;
  readonly lengths?: readonly number[];
}

const gates = { rnn: 1, lstm: 4, gru: 3 };

/** The outputs of a case, and the gradients of Σ y · dy + Σ state · dState. */
async function run(backend: Backend, fused: boolean, it: Case): Promise<Record<string, ArrayLike<number>>> {
  const tape = new Tape(backend, { fused });
  try {
    const { cell, time, batch, inputSize, units } = it;
    const width = gates[cell] * units;
    let seed = 0;
    const make = (watched: boolean, ...shape: number[]) => {
      const x = tape.own(tensor(backend, shape, ++seed));
      return watched ? tape.watch(x) : x;
    };
    const training = it.training;
    const x = make(training && it.inputGradient, time, batch, inputSize);
    const weights = {
      kernel: make(training, inputSize, width),
      recurrentKernel: make(training, units, width),
      ...(it.bias && { bias: make(training, width) }),
      ...(it.bias && cell === 'gru' && it.resetAfter && { recurrentBias: make(training, width) }),
    };
    const states = cell === 'lstm' ? 2 : 1;
    const initialState = it.initialState
      ? Array.from({ length: states }, () => make(training, batch, units))
      : undefined;
    const lengths = it.lengths && tape.constant(it.lengths, [batch]);
    const inputs: RecurrentInputs = { x, weights, initialState, lengths };
    const described: RecurrentCell = {
      ...{ cell, activation: it.activation, recurrentActivation: 'sigmoid', resetAfter: it.resetAfter },
      clip: 0,
    };
    const run = { reverse: it.reverse, sequence: true };
    const { y, state } = recurrentSequence(tape, described, inputs, run) as Required<RecurrentSequence>;
    expect(tape.kernelLog[0].implementation).toBe(fused ? 'fused' : 'composed');

    const named: [string, Tensor][] = [['y', y], ...state.map((s, i): [string, Tensor] => [`state ${i}`, s])];
    if (training) {
      // After a row's length, dy is NaN for the fused kernel, which must ignore it.
      const dy = numbers(time * batch * units, 100);
      it.lengths?.forEach((length, row) => {
        for (let t = length; t < time; t++) {
          dy.fill(fused ? Number.NaN : 0, (t * batch + row) * units, (t * batch + row + 1) * units);
        }
      });
      const seeds: [Tensor, Tensor][] = [
        ...(it.used.y ? [[y, tape.constant(dy, [time, batch, units])] as [Tensor, Tensor]] : []),
        ...(it.used.state
          ? state.map((s, i): [Tensor, Tensor] => [s, tape.own(tensor(backend, [batch, units], 200 + i))])
          : []),
      ];
      const of: [string, Tensor][] = [
        ...(it.inputGradient ? [['x', x] as [string, Tensor]] : []),
        ...Object.entries(weights),
        ...(initialState ?? []).map((s, i): [string, Tensor] => [`initial state ${i}`, s]),
      ];
      const gradients = tape.gradients(
        seeds,
        of.map(([, x]) => x),
      );
      of.forEach(([name], i) => {
        named.push([`gradient of ${name}`, gradients[i]]);
      });
    }
    const entries = named.map(async ([name, x]) => [name, await backend.read(x)] as const);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    tape.dispose();
  }
}

const small = fc.constantFrom(1, 2, 3, 4, 5, 7);
const cases: fc.Arbitrary<Case> = fc
  .record({
    kind: fc.constantFrom(
      ...([
        { cell: 'rnn', activation: 'tanh', resetAfter: true },
        { cell: 'rnn', activation: 'relu', resetAfter: true },
        { cell: 'lstm', activation: 'tanh', resetAfter: true },
        { cell: 'gru', activation: 'tanh', resetAfter: true },
        { cell: 'gru', activation: 'tanh', resetAfter: false },
      ] as const),
    ),
    flags: fc.record({
      ...{
        bias: fc.boolean(),
        reverse: fc.boolean(),
        initialState: fc.boolean(),
        inputGradient: fc.boolean(),
      },
      training: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, fc.constant(false)),
      used: fc.constantFrom({ y: true, state: true }, { y: true, state: false }, { y: false, state: true }),
    }),
    sizes: fc.record({
      time: fc.constantFrom(0, 1, 3, 4, 6),
      batch: small,
      inputSize: fc.constantFrom(0, 1, 3, 5),
      units: fc.constantFrom(1, 3, 4, 5, 17),
    }),
  })
  .chain(({ kind, flags, sizes }) =>
    fc
      .option(fc.array(fc.nat(sizes.time), { minLength: sizes.batch, maxLength: sizes.batch }), {
        nil: undefined,
      })
      .map((lengths) => ({ ...kind, ...flags, ...sizes, lengths })),
  );

describe('the fused recurrent layer', () => {
  it('computes what core composes, forward and backward', async () => {
    const [fast, exact] = [await cpu(), await reference()];
    const before = fast.memory();
    await fc.assert(
      fc.asyncProperty(cases, async (it) => {
        const actual = await run(fast, true, it);
        const expected = await run(exact, false, it);
        expect(Object.keys(actual)).toEqual(Object.keys(expected));
        for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], 5e-6, name);
        expect(fast.memory()).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('at sizes around multiples of panels and blocks', async () => {
    const [fast, exact] = [await cpu(), await reference()];
    const common = {
      bias: true,
      initialState: true,
      inputGradient: true,
      training: true,
      used: { y: true, state: true },
    };
    for (const it of [
      {
        cell: 'lstm',
        activation: 'tanh',
        resetAfter: true,
        reverse: false,
        time: 5,
        batch: 3,
        inputSize: 17,
        units: 49,
      },
      {
        cell: 'gru',
        activation: 'tanh',
        resetAfter: true,
        reverse: true,
        time: 5,
        batch: 2,
        inputSize: 33,
        units: 65,
      },
      {
        cell: 'gru',
        activation: 'tanh',
        resetAfter: false,
        reverse: false,
        time: 5,
        batch: 5,
        inputSize: 4,
        units: 47,
      },
      {
        cell: 'rnn',
        activation: 'tanh',
        resetAfter: true,
        reverse: false,
        time: 9,
        batch: 1,
        inputSize: 2,
        units: 32,
      },
    ] as const) {
      const actual = await run(fast, true, { ...common, ...it });
      const expected = await run(exact, false, { ...common, ...it });
      for (const name of Object.keys(expected))
        expectClose(actual[name], expected[name], 2e-5, `${it.cell} ${name}`);
    }
  });
});

describe('packed weights', () => {
  it('are packed again after an optimizer step, for the forward and the backward pass', async () => {
    const sample = { x: [numbers(3, 1), numbers(3, 2)], y: numbers(5, 3) };
    const outputs: ArrayLike<number>[][] = [];
    for (const backend of [await cpu(), await reference()]) {
      const layers = [gru({ units: 5, resetAfter: false, returnSequences: true }), lstm({ units: 5 })];
      const network = sequential(layers, { inputShape: [null, 3] }).on(backend, { seed: 1 });
      const stream = network.stream();
      const run = [await stream.push(sample.x[0])];
      await network.fit([sample], {
        loss: 'meanSquaredError',
        optimizer: adam({ learningRate: 0.1 }),
        epochs: 3,
      }).done;
      run.push(await stream.push(sample.x[1]));
      network.setWeights(await network.getWeights());
      run.push(await stream.push(sample.x[1]));
      outputs.push(run);
      network.dispose();
      stream.close();
      expect(backend.memory().tensors).toBe(0);
    }
    outputs[0].forEach((output, i) => {
      expectClose(output, outputs[1][i], 1e-5, `output ${i}`);
    });
  });
});
