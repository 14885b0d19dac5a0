/* Evolution strategies: what they find, and what is left of a network whose evolution ends early. */
import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  concat,
  DataError,
  DivergenceError,
  dense,
  type EvolveOptions,
  evolve,
  type Generation,
  graph,
  lstm,
  type Network,
  OptionError,
  ShapeError,
  StateError,
  sequence,
  sequential,
  sgd,
  UnsupportedError,
  vector,
} from '@recurra/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { centredRanks } from '../src/evolution/ranks.js';

type Backend = Awaited<ReturnType<typeof reference>>;
let backend: Backend;
beforeEach(async () => {
  backend = await reference();
});
afterEach(() => backend.dispose());

const model = graph({ words: sequence(2), rest: vector(1) }, ({ words, rest }) => {
  const state = apply(lstm({ units: 3, stateful: true, trainable: false }), words);
  return { y: apply(dense({ units: 2 }), apply(concat(), [state, rest])) };
});
const goal = 0.7;

/** The negative squared distance of the dense layer's weights from `goal`. */
async function nearness(network: Pick<Network, 'getWeights'>): Promise<number> {
  const weights = await network.getWeights();
  return -['dense.kernel', 'dense.bias']
    .flatMap((name) => [...weights[name].data])
    .reduce((sum, value) => sum + (value - goal) ** 2, 0);
}

const options = {
  population: 20,
  sigma: 0.05,
  optimizer: sgd({ learningRate: { kind: 'exponential', rate: 0.1, factor: 0.9 } }),
  generations: 30,
  seed: 3,
} as const;

async function weightsAfter(changed: EvolveOptions = {}, start?: Awaited<ReturnType<Network['getWeights']>>) {
  const network = model.on(backend, { seed: 1, weights: start });
  const history = await evolve(network, nearness, { ...options, ...changed }).done;
  const weights = await network.getWeights();
  network.dispose();
  return { history, weights };
}

describe('evolve', () => {
  it('finds the optimum of a score, leaves frozen parameters alone and frees everything', async () => {
    const network = model.on(backend, { seed: 1 });
    const before = await network.getWeights();
    const generations: Generation[] = [];
    const run = evolve(network, nearness, options);
    for await (const generation of run) generations.push(generation);
    expect(await run.done).toMatchObject({ generations: 30, evaluations: 600, stopped: 'finished' });
    expect(generations.at(-1)).toMatchObject({
      generation: 30,
      generations: 30,
      learningRate: 0.1 * 0.9 ** 29,
    });
    const { best, mean, worst } = generations[0];
    expect([best > mean, mean > worst]).toEqual([true, true]);
    expect(await nearness(network)).toBeGreaterThan(-0.05);
    const after = await network.getWeights();
    expect(after['lstm.kernel']).toEqual(before['lstm.kernel']);
    network.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it('is reproducible, and resumed it goes on as if it had not been interrupted', async () => {
    const changed = { generations: 6, optimizer: adam({ learningRate: 0.1 }) };
    const whole = await weightsAfter(changed);
    const first = await weightsAfter({ ...changed, generations: 2 });
    const rest = await weightsAfter({ ...changed, resume: first.history }, first.weights);
    expect(rest.weights).toEqual(whole.weights);
    expect(rest.history).toMatchObject({ generations: 6, evaluations: 80, stopped: 'finished' });
    expect((await weightsAfter({ ...changed, seed: 4 })).weights).not.toEqual(whole.weights);
    await expect(weightsAfter({ resume: first.history })).rejects.toThrow(ShapeError);
    const none = await weightsAfter({ ...changed, signal: AbortSignal.abort() });
    expect(none.history).toMatchObject({ generations: 0, stopped: 'aborted' });
    expect(await weightsAfter({ ...changed, resume: none.history }, none.weights)).toEqual(whole);
  });

  it.each(['abort', 'throw', 'NaN'])('keeps the weights of the last generation after: %s', async (end) => {
    const expected = (await weightsAfter({ generations: 2 })).weights;
    const network = model.on(backend, { seed: 1 });
    const controller = new AbortController();
    let calls = 0;
    const run = evolve(
      network,
      (perturbed) => {
        if (++calls < 50) return nearness(perturbed);
        if (end === 'throw') throw new RangeError('no score');
        if (end === 'NaN') return NaN;
        controller.abort();
        return new Promise<number>(() => {});
      },
      { ...options, signal: controller.signal },
    );
    if (end === 'abort')
      expect(await run.done).toMatchObject({ generations: 2, evaluations: 49, stopped: 'aborted' });
    else if (end === 'throw') await expect(run.done).rejects.toThrow(RangeError);
    else await expect(run.done).rejects.toThrow(/score in generation 3 is NaN/);
    expect(await network.getWeights()).toEqual(expected);
    network.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it('gives each network of a stateful model the state zero, whatever the score did before', async () => {
    const network = model.on(backend, { seed: 1 });
    const predicted: unknown[] = [];
    const batch = { words: [[[1, 2]]], rest: [[3]] };
    const predict = () => network.predictAll(batch).then(({ outputs }) => outputs.y.data[0]);
    network.resetStates();
    const fresh = await predict();
    await evolve(network, async () => predicted.push(await predict()), {
      population: 2,
      sigma: 1e-9,
      generations: 1,
    }).done;
    for (const y of predicted) expect(y).toBeCloseTo(fresh, 6);
    expect(predicted).toHaveLength(2);
  });

  it('refuses a second training, and wrong arguments', async () => {
    const network = sequential([dense({ units: 1 })], { inputShape: [1] }).on(backend);
    const run = evolve(network, () => 1, { generations: 2 });
    expect(() => evolve(network, () => 1)).toThrow(StateError);
    expect(() => network.fit([], { loss: 'huber', optimizer: 'sgd' })).toThrow(StateError);
    await run.done;
    const wrong = (score: unknown, changed: object) => () => evolve(network, score as never, changed);
    expect(wrong(undefined, {})).toThrow(OptionError);
    expect(wrong(() => 1, { population: 7 })).toThrow(
      'evolve: population must be an even number, 2 or more, not 7',
    );
    expect(wrong(() => 1, { sigma: 0 })).toThrow(OptionError);
    expect(wrong(() => 1, { resume: { generations: 101, optimizer: {} } })).toThrow(OptionError);
    expect(() => evolve({} as never, () => 1)).toThrow(OptionError);
    const quantized = await network.quantize();
    expect(() => evolve(quantized, () => 1)).toThrow(UnsupportedError);
    const frozen = sequential([dense({ units: 1, trainable: false })], { inputShape: [1] }).on(backend);
    expect(() => evolve(frozen, () => 1)).toThrow(OptionError);
    await expect(evolve(network, () => '1' as never).done).rejects.toThrow(DataError);
    // The network can be trained again after each of these failures.
    expect((await evolve(network, () => 1, { generations: 1 }).done).stopped).toBe('finished');
    const disposed = evolve(
      network,
      () => {
        network.dispose();
        return 1;
      },
      { generations: 1 },
    );
    await expect(disposed.done).rejects.toThrow(StateError);
  });
});

it('fails and keeps the weights if a step would make them infinite, and leaves nothing behind', async () => {
  const network = model.on(backend, { seed: 1 });
  const before = await network.getWeights();
  const { tensors } = backend.memory();
  const run = evolve(network, nearness, { ...options, optimizer: sgd({ learningRate: 1e308 }) });
  await expect(run.done).rejects.toThrow(DivergenceError);
  expect(await network.getWeights()).toEqual(before);
  expect(backend.memory().tensors).toBe(tensors);
  network.dispose();
});

it('ranks are centred, shared by equal scores, and defined for infinite ones', () => {
  expect([...centredRanks([3, -Infinity, 3, 8, Infinity])]).toEqual([-0.125, -0.5, -0.125, 0.25, 0.5]);
  expect([...centredRanks([1, 1])]).toEqual([0, 0]);
});
