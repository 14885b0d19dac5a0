/* Trainings that are aborted, are resumed or fail: they must end and free their memory. */
import { reference } from '@recurra/backend-reference';
import {
  adam,
  dense,
  FormatError,
  gru,
  type Layer,
  loadNetwork,
  lstm,
  type Sample,
  StateError,
  sequential,
} from '@recurra/core';
import { decodeSafetensors, encodeSafetensors } from '@recurra/core/files';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

type Backend = Awaited<ReturnType<typeof reference>>;
let backend: Backend;
beforeEach(async () => {
  backend = await reference();
});
afterEach(() => backend.dispose());

const model = sequential([lstm({ units: 3 }), dense({ units: 1 })], { inputShape: [null, 2] });
const options = { loss: 'meanSquaredError', optimizer: adam({ learningRate: 0.02 }), batchSize: 1 } as const;

function samples(count: number, time = 3): Sample[] {
  return Array.from({ length: count }, (_, n) => ({
    x: Array.from({ length: time }, (_, t) => [Math.sin(n + t), Math.cos(n * t)]),
    y: n / count,
  }));
}

/**
 * An endless source of samples that counts how often it is closed. After `until` samples it calls `silent` and never
 * yields again.
 */
function source(until = Infinity, silent = () => {}) {
  const all = samples(4);
  const state = { closed: 0, asked: 0 };
  const iterable: AsyncIterable<Sample> = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        state.asked++ < until
          ? Promise.resolve({ done: false, value: all[state.asked % 4] })
          : new Promise<never>(() => void setTimeout(silent, 5)),
      return: async () => {
        state.closed++;
        return { done: true, value: undefined };
      },
    }),
  };
  return { state, iterable };
}

/** Returns the checkpoint after `steps` steps. */
async function checkpointAfter(steps: number, more: object = {}, data: Sample[] = samples(8)) {
  const network = model.on(backend);
  const run = network.fit(data, { ...options, ...more });
  for await (const { step } of run) if (step === steps) return await run.checkpoint();
  throw new Error('the training was too short');
}

/** Returns a checkpoint with changed counters. */
function altered(bytes: Uint8Array, change: object): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const training = JSON.parse(metadata.training);
  Object.assign(training.progress, change);
  return encodeSafetensors(tensors, { ...metadata, training: JSON.stringify(training) });
}

const never = () => new Promise<void>(() => {});

describe('resume', () => {
  it('rejects fewer samples than in the original training, before the network is changed', async () => {
    const resume = await checkpointAfter(7);
    const network = model.on(backend, { seed: 0 });
    const before = await network.getWeights();
    const held = backend.memory();
    expect(() => network.fit(samples(5), { ...options, resume })).toThrow(FormatError);
    expect(() => network.fit(samples(5), { ...options, resume })).toThrow(
      /completed 7 batches of an epoch, but these samples give only 5/,
    );
    expect(await network.getWeights()).toEqual(before);
    expect(backend.memory()).toEqual(held);
    const stream = network.fit(() => samples(5), { ...options, resume });
    await expect(stream.done).rejects.toThrow(/completed 7 batches.*only 5/);
    expect((await network.fit(samples(8), { ...options, resume }).done).steps).toBe(8);
  });

  it.each([
    [{ batch: 2 ** 53 - 1 }, /9007199254740991 batches/],
    [{ batch: -1 }, /whole numbers/],
    [{ batch: 1e300 }, /whole numbers/],
    [{ window: 5 }, /bptt has no window/],
    [{ epoch: 3 }, /as many summaries as epochs/],
    [{ epoch: 2 ** 53 - 1, epochs: [] }, /as many summaries as epochs/],
    [{ epochs: [null], epoch: 1 }, /a summary of each epoch/],
    [{ best: { loss: 0, epoch: 9 } }, /best epoch/],
    [{ best: 7 }, /best epoch/],
    [{ weightSum: -1 }, /sums/],
    [{ step: 0 }, /optimizer/],
  ])('rejects invalid counters: %j', async (change, message) => {
    const resume = altered(await checkpointAfter(2), change);
    const network = model.on(backend);
    const held = backend.memory();
    expect(() => network.fit(samples(8), { ...options, resume })).toThrow(FormatError);
    expect(() => network.fit(samples(8), { ...options, resume })).toThrow(message);
    expect(backend.memory()).toEqual(held);
  });

  it('rejects a window that does not exist in the batch', async () => {
    const windows = { bptt: { window: 1 } };
    const perStep = sequential([gru({ units: 2, returnSequences: true }), dense({ units: 1 })], {
      inputShape: [null, 2],
    });
    const data = samples(4).map(({ x }) => ({ x, y: [0, 0, 0] }));
    const run = perStep.on(backend).fit(data, { ...options, ...windows });
    for await (const { step } of run) {
      if (step < 2) continue;
      const resume = altered(await run.checkpoint(), { window: 5 });
      const again = perStep.on(backend).fit(data, { ...options, ...windows, resume });
      await expect(again.done).rejects.toThrow(/completed 5 windows of a batch/);
      break;
    }
  });

  it('lets timers run and checks its signal while it skips the batches of an endless source', async () => {
    const resume = altered(await checkpointAfter(2, { shuffle: false }), { batch: 2 ** 53 - 1 });
    const { iterable, state } = source();
    const signal = AbortSignal.timeout(40);
    const run = model.on(backend).fit(iterable, { ...options, shuffle: false, resume, signal });
    expect(await run.done).toMatchObject({ stopped: 'aborted', steps: 2 });
    expect(state.closed).toBe(1);
  });

  it('names the option that differs and both values', async () => {
    const resume = await checkpointAfter(2, { clip: { norm: 1 } });
    const network = model.on(backend);
    const resumed = (more: object) => () =>
      network.fit(samples(8), { ...options, clip: { norm: 1 }, ...more, resume });
    expect(resumed({ optimizer: adam({ learningRate: 0.03 }) })).toThrow(
      /resume: optimizer\.learningRate is 0\.03, but was 0\.02 when/,
    );
    expect(resumed({ optimizer: 'sgd' })).toThrow(/optimizer\.kind is "sgd", but was "adam"/);
    expect(resumed({ clip: { value: 1 } })).toThrow(/clip\.value is 1, but was absent/);
    expect(resumed({ clip: undefined })).toThrow(/clip\.norm is absent, but was 1/);
    expect(resumed({ loss: { kind: 'huber', delta: 3 } })).toThrow(
      /loss\.kind is "huber", but was "meanSquaredError"/,
    );
    const huber = await checkpointAfter(2, { loss: { kind: 'huber', delta: 2 } });
    expect(() =>
      network.fit(samples(8), { ...options, loss: { kind: 'huber', delta: 3 }, resume: huber }),
    ).toThrow(/loss\.delta is 3, but was 2/);
    const other = sequential([lstm({ units: 4 }), dense({ units: 1 })], { inputShape: [null, 2] });
    expect(() => other.on(backend).fit(samples(8), { ...options, resume })).toThrow(
      /a different model: model\.layers\.0\.options\.units is 4 here, but 3 in the file/,
    );
  });

  it('rejects tensors that do not fit, by name, and frees its memory', async () => {
    const bytes = await checkpointAfter(2);
    const { tensors, metadata } = decodeSafetensors(bytes);
    const network = model.on(backend);
    const held = backend.memory();
    const resumed = (name: string, values: number[], shape = [values.length]) => {
      const changed = { ...tensors, [name]: { data: Float64Array.from(values), shape } };
      return () => network.fit(samples(8), { ...options, resume: encodeSafetensors(changed, metadata) });
    };
    expect(resumed('1.bias', [Number.NaN])).toThrow(/1\.bias\[0\] is NaN/);
    expect(resumed('1.bias', [1, 2])).toThrow(/1\.bias must be \[1\], not \[2\]/);
    expect(resumed('optimizer.1.bias.0', [1, 2])).toThrow(/shape \[1\] for 1\.bias, not \[2\]/);
    expect(resumed('optimizer.1.bias.1', [Infinity])).toThrow(/optimizer\.1\.bias\.1\[0\] is Infinity/);
    expect(resumed('state.0.0', [1, 2], [1, 2])).toThrow(/state of layer 0 must be \[batch,3\], \[batch,3\]/);
    expect(resumed('state.1.0', [1], [1, 1])).toThrow(/state of layer 1 must be no tensors/);
    expect(backend.memory()).toEqual(held);
  });
});

describe('a training that is aborted', () => {
  it('ends while it waits for its data source, closes the source, and saves a checkpoint', async () => {
    const controller = new AbortController();
    const { iterable, state } = source(3, () => controller.abort());
    const network = model.on(backend);
    const held = backend.memory();
    const saved: Uint8Array[] = [];
    const run = network.fit(iterable, {
      ...options,
      shuffle: false,
      signal: controller.signal,
      checkpoint: { save: (bytes) => void saved.push(bytes) },
    });
    expect(await run.done).toMatchObject({ stopped: 'aborted', steps: 2 });
    expect(state.closed).toBe(1);
    expect(saved).toHaveLength(1);
    expect(backend.memory()).toEqual(held);
    expect((await loadNetwork(saved[0], backend)).parameters.size).toBe(network.parameters.size);
  });

  it('ends while it waits for validation data, and does not count the epoch', async () => {
    const controller = new AbortController();
    const validation = source(2, () => controller.abort());
    const saved: Uint8Array[] = [];
    const all = { ...options, epochs: 2, validation: { samples: validation.iterable } };
    const save = (bytes: Uint8Array) => void saved.push(bytes);
    const run = model
      .on(backend)
      .fit(samples(3), { ...all, signal: controller.signal, checkpoint: { save } });
    expect(await run.done).toMatchObject({ stopped: 'aborted', steps: 3, epochs: [] });
    expect(validation.state.closed).toBe(1);

    const finite = { ...all, validation: { samples: samples(2) } };
    const whole = model.on(backend);
    const expected = await whole.fit(samples(3), finite).done;
    const resumed = model.on(backend);
    expect(await resumed.fit(samples(3), { ...finite, resume: saved[0] }).done).toEqual(expected);
    expect(await resumed.getWeights()).toEqual(await whole.getWeights());
  });

  it('ends while it waits for save, which has already received the checkpoint', async () => {
    const network = model.on(backend);
    const held = backend.memory();
    const controller = new AbortController();
    let saves = 0;
    const save = () => {
      saves++;
      setTimeout(() => controller.abort(), 5);
      return never();
    };
    const run = network.fit(samples(3), {
      ...options,
      epochs: 5,
      signal: controller.signal,
      checkpoint: { save },
    });
    expect(await run.done).toMatchObject({ stopped: 'aborted', steps: 3, epochs: [{ epoch: 1 }] });
    expect(saves).toBe(1);
    expect(backend.memory()).toEqual(held);
  });

  it('ends even if every step is skipped because no label has a weight', async () => {
    const network = sequential([gru({ units: 2 }), dense({ units: 2, activation: 'softmax' })], {
      inputShape: [null, 2],
    }).on(backend);
    const run = network.fit(
      samples(2).map(({ x }) => ({ x, y: 0 })),
      {
        ...options,
        epochs: 2 ** 40,
        loss: { kind: 'crossEntropy', labelWeights: [0, 1] },
        signal: AbortSignal.timeout(40),
      },
    );
    expect(await run.done).toMatchObject({ stopped: 'aborted', steps: 0 });
  });

  it('fails with the error of save, and ends', async () => {
    const network = model.on(backend);
    const held = backend.memory();
    const save = async () => {
      throw new Error('the disk is full');
    };
    const broken = network.fit(samples(4), { ...options, epochs: 9, checkpoint: { every: 100, save } });
    const leave = async () => {
      for await (const { step } of broken) if (step === 2) break;
    };
    await expect(leave()).rejects.toThrow('the disk is full');
    await expect(broken.done).rejects.toThrow('the disk is full');
    expect(backend.memory()).toEqual(held);
    const each = network.fit(samples(4), { ...options, epochs: 9, checkpoint: { save } });
    await expect(each.done).rejects.toThrow('the disk is full');
    expect(backend.memory()).toEqual(held);
    await network.fit(samples(2), options).done;
  });
});

describe('the data of a training', () => {
  it.each([
    ['the caller leaves the loop', { shuffle: false }],
    ['the caller leaves the loop, with shuffling', { shuffle: true }],
    ['the caller leaves the loop, with bucketing', { bucketByLength: true }],
  ])('are closed if %s', async (_, more) => {
    for (const signal of [undefined, new AbortController().signal]) {
      const { iterable, state } = source();
      const run = model.on(backend).fit(iterable, { ...options, ...more, signal });
      for await (const { step } of run) if (step === 2) break;
      expect(state.closed).toBe(1);
    }
  });

  it('are closed if a step fails, in training and in validation', async () => {
    const bad: Sample[] = [...samples(2), { x: [[1]], y: 0 }];
    let closed = 0;
    function* once() {
      try {
        for (;;) yield* bad;
      } finally {
        closed++;
      }
    }
    const network = model.on(backend);
    const held = backend.memory();
    await expect(network.fit(() => once(), { ...options, shuffle: false }).done).rejects.toThrow(/sample 2/);
    expect(closed).toBe(1);
    const validated = network.fit(samples(2), { ...options, validation: { samples: () => once() } });
    await expect(validated.done).rejects.toThrow(/sample 2/);
    expect(closed).toBe(2);
    expect(backend.memory()).toEqual(held);
  });
});

describe('checkpoint()', () => {
  it('can be awaited in save, in the data source and in the validation data', async () => {
    const network = model.on(backend);
    const made: string[] = [];
    const take = async (where: string) => {
      const bytes = await run.checkpoint();
      made.push(where);
      expect((await loadNetwork(bytes, backend)).parameters.size).toBe(5);
    };
    async function* asking(where: string) {
      await take(where);
      yield* samples(2);
    }
    const run = network.fit(() => asking('training'), {
      ...options,
      validation: { samples: () => asking('validation') },
      checkpoint: { save: () => take('save') },
    });
    await run.done;
    expect(made).toEqual(['training', 'validation', 'save']);
  });
});

describe('a network', () => {
  it('rejects new weights while it is being trained', async () => {
    const network = model.on(backend);
    const weights = await network.getWeights();
    const run = network.fit(samples(4), options);
    expect(() => network.setWeights(weights)).toThrow(StateError);
    await run.done;
    network.setWeights(weights);
  });

  it('can be disposed during a training, which then fails', async () => {
    const network = model.on(backend);
    const run = network.fit(samples(4), { ...options, epochs: 100 });
    setTimeout(() => network.dispose(), 10);
    await expect(run.done).rejects.toThrow(StateError);
    network.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it('and its streams can be disposed after the backend, in any order, twice', async () => {
    const stateful = sequential([gru({ units: 2, stateful: true })], { inputShape: [null, 2] }).on(backend);
    await stateful.predict([[[1, 2]]]);
    const stream = stateful.stream();
    await stream.push([1, 2]);
    const run = model.on(backend).fit(samples(4), { ...options, epochs: 100 });
    setTimeout(() => backend.dispose(), 10);
    await expect(run.done).rejects.toThrow(StateError);
    for (const end of [
      () => stream.reset(),
      () => stream.close(),
      () => stateful.resetStates(),
      () => stateful.dispose(),
    ]) {
      end();
      end();
    }
    backend.dispose();
    await expect(stream.push([1, 2])).rejects.toThrow(StateError);
    expect(() => stateful.stream()).toThrow(StateError);
  });

  it('frees its uploads if an initial value is invalid', () => {
    const layer = (values: Float32Array): Layer => ({
      kind: 'own',
      options: {},
      build: (input) => ({
        outputShape: input,
        parameters: { gain: { shape: [2, 2], initial: () => values } },
        apply: (_tape, signal) => ({ output: signal }),
      }),
    });
    const on = (values: Float32Array) => () =>
      sequential([dense({ units: 2 }), layer(values)], { inputShape: [null, 2] }).on(backend);
    expect(on(new Float32Array(100))).toThrow(/1\.gain: 100 numbers do not fill \[2,2\], which needs 4/);
    expect(on(new Float32Array(3))).toThrow(/1\.gain: 3 numbers/);
    expect(on(Float32Array.of(1, 2, 3, Number.NaN))).toThrow(/1\.gain\[1,1\] is NaN/);
    expect(on(undefined as never)).toThrow(/1\.gain: the data must be an array of numbers, not undefined/);
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });
});
