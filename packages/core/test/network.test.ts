import { reference } from '@recurra/backend-reference';
import {
  type ArrayInput,
  type Backend,
  bidirectional,
  type Cell,
  conv1d,
  DataError,
  dense,
  dropout,
  embedding,
  FormatError,
  gru,
  type Layer,
  lastStep,
  loadNetwork,
  lstm,
  maxOverTime,
  OptionError,
  recurrent,
  rnn,
  ShapeError,
  StateError,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let backend: Backend;
beforeEach(async () => {
  backend = await reference();
});
afterEach(() => backend.dispose());

const wave = (time: number, features: number, phase = 0) =>
  Array.from({ length: time }, (_, t) =>
    Array.from({ length: features }, (_, f) => Math.sin(phase + t * 0.9 + f * 2)),
  );

function close(a: unknown, b: unknown): void {
  const flat = (x: unknown) => (x as number[]).flat(9) as number[];
  expect(flat(a)).toHaveLength(flat(b).length);
  flat(a).forEach((value, i) => {
    expect(value).toBeCloseTo(flat(b)[i], 12);
  });
}

describe('predict', () => {
  const model = sequential([gru({ units: 5, returnSequences: true }), dense({ units: 2 })], {
    inputShape: [null, 3],
  });

  it('takes nested arrays or { data, shape }, and returns the same form', async () => {
    const network = model.on(backend, { seed: 2 });
    const x = [wave(4, 3), wave(4, 3, 1)];
    const nested = (await network.predict(x)) as number[][][];
    const flat = await network.predict({ data: Float64Array.from(x.flat(2)), shape: [2, 4, 3] });
    expect([nested.length, nested[0].length, nested[0][0].length]).toEqual([2, 4, 2]);
    expect(flat.shape).toEqual([2, 4, 2]);
    close([...flat.data], nested);
  });

  it('continues from a state that it returned', async () => {
    const layers = [lstm({ units: 4, returnSequences: true, returnState: true }), dense({ units: 1 })];
    const network = sequential(layers, { inputShape: [null, 2] }).on(backend);
    const x = [wave(6, 2), wave(6, 2, 3)];
    const whole = (await network.predict(x)) as number[][][];
    const first = await network.predictAll(x.map((row) => row.slice(0, 4)));
    expect(first.states[0].map(({ shape }) => shape)).toEqual([
      [2, 4],
      [2, 4],
    ]);
    const rest = await network.predict(
      x.map((row) => row.slice(4)),
      { initialState: first.states },
    );
    close(
      rest,
      whole.map((row) => row.slice(4)),
    );
    await expect(network.predict(x, { initialState: { 1: [[[0]]] } })).rejects.toThrow(
      /layer 1, dense, has no state/,
    );
    await expect(network.predict(x, { initialState: { 7: [[[0]]] } })).rejects.toThrow(/no layer "7"/);
    await expect(network.predict(x, { lengths: [1] })).rejects.toThrow(
      /lengths has 1 numbers for a batch of 2 rows/,
    );
    await expect(network.predict(x, { initialState: { 0: [[[0]]] } })).rejects.toThrow(
      /\[2,4\], \[2,4\], not \[1,1\]/,
    );
  });

  it('returns both outputs of an unmerged bidirectional layer, even with unequal widths', async () => {
    const layer = bidirectional(lstm({ units: 3 }), { backward: gru({ units: 5 }), merge: 'none' });
    const network = sequential([layer], { inputShape: [null, 2] }).on(backend);
    const { outputs } = await network.predictAll([wave(3, 2)]);
    expect(outputs.forward.shape).toEqual([1, 3]);
    expect(outputs.backward.shape).toEqual([1, 5]);
    await expect(network.predict([wave(3, 2)])).rejects.toThrow(UnsupportedError);
  });

  it('keeps the state of a stateful layer until it is reset', async () => {
    const network = sequential([rnn({ units: 3, stateful: true })], { inputShape: [null, 1] }).on(backend);
    const first = await network.predict([wave(2, 1)]);
    const second = await network.predict([wave(2, 1)]);
    network.resetStates();
    expect(await network.predict([wave(2, 1)])).toEqual(first);
    expect(second).not.toEqual(first);
    network.dispose();
    expect(backend.memory().tensors).toBe(0);
  });

  it('rejects invalid arguments, and names the expected form', async () => {
    const network = model.on(backend);
    const nan = wave(3, 3);
    nan[1][2] = Number.NaN;
    await expect(network.predict([nan])).rejects.toThrow(
      /sample 0: x\[1\]\[2\] \(step 1, feature 2\) is NaN/,
    );
    await expect(network.predict([wave(3, 4)])).rejects.toThrow(DataError);
    await expect(
      network.predict([
        [
          [1, 2, 3],
          [1, 2],
        ],
      ] as ArrayInput[]),
    ).rejects.toThrow(/array of 2, not an array of 3/);
    await expect(network.predict([])).rejects.toThrow(DataError);
    await expect(network.predict([wave(3, 3)], { batchsize: 1 } as object)).rejects.toThrow(
      /did you mean "batchSize"/,
    );
    await expect(network.predict([wave(3, 3)], { lengths: [4] })).rejects.toThrow(ShapeError);
    network.dispose();
    expect(() => network.predict([wave(3, 3)])).toThrow(StateError);
  });
});

describe('stream', () => {
  it('returns the same output after each frame as predict for all frames so far', async () => {
    const layers = [
      lstm({ units: 4, returnSequences: true }),
      dropout({ rate: 0.5 }),
      gru({ units: 3, returnSequences: true }),
      lastStep(),
      dense({ units: 2, activation: 'softmax' }),
    ];
    const network = sequential(layers, { inputShape: [null, 2] }).on(backend);
    const stream = network.stream();
    const frames = wave(5, 2);
    for (const round of [1, 2]) {
      for (const [i, frame] of frames.entries()) {
        const [expected] = (await network.predict([frames.slice(0, i + 1)])) as number[][];
        // A typed array may be used again as soon as the call has returned.
        const typed = Float64Array.from(frame);
        const output = stream.push(round === 1 ? frame : typed);
        typed.fill(Number.NaN);
        close([...(await output)], expected);
      }
      if (round === 1) stream.reset();
    }
    const { tensors } = backend.memory();
    await stream.push(frames[0]);
    expect(backend.memory().tensors).toBe(tensors);
    await expect(stream.push([1])).rejects.toThrow(/2 features, not 1/);
    for (const wrong of [[1, Number.NaN], Float32Array.of(1, Number.NaN)])
      await expect(stream.push(wrong)).rejects.toThrow(/\(feature 1\) is NaN/);
    await expect(stream.push([1e39, 1])).rejects.toThrow(/\(feature 0\) is 1e\+39, beyond float32's range/);
    await expect(stream.push(null as never)).rejects.toThrow(/the frame is null, not a number/);
    stream.close();
    await expect(stream.push(frames[0])).rejects.toThrow(StateError);
  });

  it('takes token ids, and calls that do not wait for the previous one', async () => {
    const layers = [embedding({ inputDim: 7, outputDim: 3 }), rnn({ units: 4 })];
    const network = sequential(layers, { inputShape: [null] }).on(backend);
    const stream = network.stream();
    const outputs = await Promise.all([1, 6, 3].map((id) => stream.push(id)));
    const [expected] = (await network.predict([[1, 6, 3]])) as number[][];
    close([...outputs[2]], expected);
    await expect(stream.push(7)).rejects.toThrow(/token id from 0 to 6, not 7/);
  });

  it.each([
    ['bidirectional', bidirectional(lstm({ units: 2 }))],
    ['goBackwards', gru({ units: 2, goBackwards: true })],
    ['maxOverTime', maxOverTime()],
    ['conv1d', conv1d({ filters: 1, kernelSize: 2 })],
  ])('rejects a layer that needs the whole sequence: %s', (name, layer) => {
    const network = sequential([layer], { inputShape: [null, 2] }).on(backend);
    expect(() => network.stream()).toThrow(UnsupportedError);
    expect(() => network.stream()).toThrow(name);
  });
});

/** The minimal gated unit (Zhou et al. 2016), as a user would write it. */
function minimalGatedUnit({ units }: { units: number }): Cell {
  return {
    kind: 'minimalGatedUnit',
    options: { units },
    build: (inputSize) => ({
      parameters: {
        kernel: { shape: [inputSize, 2 * units], initial: 'glorotUniform' },
        recurrentKernel: { shape: [units, 2 * units], initial: 'orthogonal' },
      },
      stateSizes: [units],
      run(tape, { kernel, recurrentKernel }) {
        const [gateKernel, candidateKernel] = tape.split(recurrentKernel, [units, units], 1);
        return {
          project: (x) => tape.matmul(x, kernel),
          step(x, [h]) {
            const [gate, candidate] = tape.split(x, [units, units], 1);
            const f = tape.sigmoid(tape.add(gate, tape.matmul(h, gateKernel)));
            const n = tape.tanh(tape.add(candidate, tape.matmul(tape.mul(f, h), candidateKernel)));
            return [tape.add(h, tape.mul(f, tape.sub(n, h)))];
          },
        };
      },
    }),
  };
}

/** A layer with a gain for each feature, the smallest layer with a weight. */
function scale({ start }: { start: number }): Layer {
  return {
    kind: 'scale',
    options: { start },
    build: (input) => ({
      outputShape: input,
      parameters: {
        gain: {
          shape: ['features' in input ? input.features : 1],
          initial: { kind: 'constant', value: start },
        },
      },
      apply: (tape, { value, lengths }, { weights }) => ({
        output: { value: tape.mul(value, weights.gain), lengths },
      }),
    }),
  };
}

describe('custom layers and cells', () => {
  const layers = [
    scale({ start: 0.5 }),
    bidirectional(recurrent(minimalGatedUnit({ units: 4 }))),
    dense({ units: 1 }),
  ];
  const model = sequential(layers, { inputShape: [null, 2] });

  it('can be trained, saved and loaded', async () => {
    const network = model.on(backend, { seed: 3 });
    const samples = Array.from({ length: 8 }, (_, n) => ({ x: wave(3 + (n % 3), 2, n), y: Math.sin(n) }));
    const before = await network.getWeights();
    const { epochs } = await network.fit(samples, { loss: 'huber', optimizer: 'adam', epochs: 5 }).done;
    expect(epochs[4].loss).toBeLessThan(epochs[0].loss);
    for (const [name, { data }] of Object.entries(await network.getWeights())) {
      expect(data, name).not.toEqual(before[name].data);
    }
    const bytes = await network.save();
    const again = await loadNetwork(bytes, backend, { layers: { scale }, cells: { minimalGatedUnit } });
    const x = [wave(4, 2)];
    expect(await again.predict(x)).toEqual(await network.predict(x));
    await expect(loadNetwork(bytes, backend, { layers: { scale } })).rejects.toThrow(FormatError);
    await expect(loadNetwork(bytes, backend)).rejects.toThrow(/kind "scale".*\{ layers \}/);
  });
});

describe('a model', () => {
  it('rejects incompatible layers', () => {
    const shape = { inputShape: [null, 2] };
    expect(() => sequential([], shape)).toThrow(OptionError);
    expect(() => sequential([lstm({ units: 2 }), gru({ units: 2 })], shape)).toThrow(
      /layer 1, gru takes a sequence.*not a vector \[2\]/,
    );
    expect(() => sequential([embedding({ inputDim: 3, outputDim: 2 })], shape)).toThrow(ShapeError);
    expect(() => sequential([dense({ units: 2 })], { inputShape: [null] })).toThrow(ShapeError);
    expect(() => sequential([dense({ units: 2 })], { inputShape: [0, 2] })).toThrow(ShapeError);
    const sum = bidirectional(lstm({ units: 2 }), { backward: lstm({ units: 3 }), merge: 'sum' });
    expect(() => sequential([sum], shape)).toThrow(/the same width, not 2 and 3/);
    const both = bidirectional(lstm({ units: 2, returnSequences: true }), { merge: 'none' });
    expect(() => sequential([both, lstm({ units: 2 })], shape)).toThrow(/must be the last/);
  });

  it.each([
    [() => lstm({ units: 2.5 }), /lstm: units must be a positive whole number, not 2.5/],
    [() => lstm({ unit: 2 } as never), /unknown option "unit"; did you mean "units"/],
    [() => gru({ units: 2, activation: 'tahn' as never }), /activation must be an activation/],
    [() => rnn({ units: 2, dropout: 1 }), /dropout must be/],
    [() => gru({ units: 2, peepholes: true } as never), /unknown option "peepholes"/],
    [() => bidirectional(dense({ units: 1 }) as never), /recurrent layer/],
    [() => bidirectional(gru({ units: 1, goBackwards: true })), /goBackwards/],
    [
      () => bidirectional(gru({ units: 1 }), { backward: gru({ units: 1, returnSequences: true }) }),
      /same returnSequences/,
    ],
    [() => dropout({ rate: 1.5 }), /rate/],
  ])('rejects an invalid option: %#', (make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  it('is the same after a round trip through a file', async () => {
    const layers = [
      bidirectional(
        lstm({ units: 3, peepholes: true, projection: 2, clip: 3, layerNorm: true, returnSequences: true }),
        {
          backward: gru({ units: 2, resetAfter: false, returnSequences: true }),
        },
      ),
      conv1d({ filters: 3, kernelSize: 2, padding: 'same', activation: { kind: 'leakyRelu', alpha: 0.3 } }),
      maxOverTime(),
      dense({ units: 2, activation: 'softmax' }),
    ];
    const network = sequential(layers, { inputShape: [null, 2] }).on(backend, { seed: 9 });
    const bytes = await network.save();
    const again = await loadNetwork(bytes, backend);
    expect(again.model.toJSON()).toEqual(network.model.toJSON());
    expect(again.seed).toBe(9);
    expect(await again.predict([wave(5, 2)])).toEqual(await network.predict([wave(5, 2)]));
  });

  it('rejects a file that is not a model', async () => {
    const network = sequential([rnn({ units: 2 })], { inputShape: [null, 1] }).on(backend);
    const bytes = await network.save();
    const text = new TextDecoder('latin1').decode(bytes);
    const altered = (from: string, to: string) =>
      Uint8Array.from(text.replace(from, to.padEnd(from.length)), (c) => c.charCodeAt(0));
    const { tensors } = backend.memory();
    await expect(loadNetwork(bytes.slice(0, -1), backend)).rejects.toThrow(FormatError);
    await expect(loadNetwork(new Uint8Array(3), backend)).rejects.toThrow(FormatError);
    await expect(loadNetwork(altered('recurra', 'somelse'), backend)).rejects.toThrow(/format "somelse"/);
    await expect(loadNetwork(altered('\\"rnn\\"', '\\"rmn\\"'), backend)).rejects.toThrow(/kind "rmn"/);
    await expect(loadNetwork(altered('"version":"1"', '"version":"7"'), backend)).rejects.toThrow(
      /version "7"/,
    );
    await expect(loadNetwork(altered('\\"units\\":2', '\\"units\\":3'), backend)).rejects.toThrow(
      /must be \[1,3\], not \[1,2\]/,
    );
    expect(backend.memory().tensors).toBe(tensors);
  });
});
