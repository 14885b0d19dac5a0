/* What must hold of every graph. Each law takes the function that puts a model on a backend, so that a wrong one can be tried. */
import {
  apply,
  type Backend,
  batchNorm,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  gru,
  lstm,
  type Model,
  type NDArray,
  type Network,
  type NetworkOptions,
  sequence,
  sequential,
  sgd,
  tokens,
} from '@recurra/core';
import { expect } from 'vitest';

/** Puts a model on a backend, as `model.on` does. */
export type On = (model: Model<never>, backend: Backend, options?: NetworkOptions) => Network<never>;

type Weights = Record<string, NDArray>;

/** One step of gradient descent at a rate of 1 changes each weight by its gradient; compared with central differences. */
export async function gradientsAreRight(
  model: Model<never>,
  backend: Backend,
  samples: readonly { readonly x: object; readonly y: object }[],
  on: On = (model, backend, options) => model.on(backend, options),
): Promise<void> {
  const network = on(model, backend, { seed: 4 });
  const loss = { loss: { y: 'meanSquaredError' } } as never;
  const before = await network.getWeights();
  const options = { ...(loss as object), optimizer: sgd({ learningRate: 1 }), batchSize: samples.length };
  await network.fit(samples as never, { ...options, epochs: 1 } as never).done;
  const after = await network.getWeights();
  const h = 1e-5;
  const lossWith = async (name: string, i: number, change: number): Promise<number> => {
    const data = Float64Array.from(before[name].data);
    data[i] += change;
    network.setWeights({ ...before, [name]: { ...before[name], data } });
    return ((await network.evaluate(samples as never, loss)) as { loss: number }).loss;
  };
  for (const [name, { data }] of Object.entries(before)) {
    // Every weight of a small parameter, some of a large one.
    const stride = Math.ceil(data.length / 5);
    for (let i = 0; i < data.length; i += stride) {
      const expected = ((await lossWith(name, i, h)) - (await lossWith(name, i, -h))) / (2 * h);
      const gradient = data[i] - after[name].data[i];
      expect(Math.abs(gradient - expected), `${name}[${i}]: ${gradient} and ${expected}`).toBeLessThan(1e-8);
    }
  }
}

const V = 6;

/** An encoder and a decoder with shared embeddings. */
const translator = () =>
  graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const words = embedding({ inputDim: V, outputDim: 4 });
    const memory = apply(bidirectional(gru({ units: 3 })), apply(words, source), { name: 'encoder' });
    const other = apply(bidirectional(gru({ units: 3 })), apply(words, source), { name: 'other' });
    const query = apply(gru({ units: 6, returnSequences: true }), apply(words, target), {
      initialState: memory.state,
    });
    return {
      y: apply(dense({ units: 2 }), query),
      topic: apply(dense({ units: 2 }), apply(concat(), [memory, other])),
    };
  }) as unknown as Model<never>;

const x = {
  source: [[1, 2, 3], [4], [5, 1]],
  target: [[0], [3, 2], [1, 4, 5]],
};

type Nested = Record<string, number[][][]>;
const predict = (network: Network<never>, x: object) =>
  network.predict(x as never) as unknown as Promise<Nested>;

function close(actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((x) => (x as number[]).flat(Number.POSITIVE_INFINITY) as number[]);
  expect(a).toHaveLength(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i])).toBeLessThan(1e-12);
}

export const laws = {
  async 'shared weights have the sum of the gradients of their uses'(on: On, backend: Backend) {
    const model = graph({ a: tokens(), b: tokens() }, ({ a, b }) => {
      const words = embedding({ inputDim: 3, outputDim: 2 });
      const same = lstm({ units: 2 });
      return { y: apply(concat(), [apply(same, apply(words, a)), apply(same, apply(words, b))]) };
    });
    const samples = [
      { x: { a: [0, 1], b: [2] }, y: { y: [1, 0, -1, 0.5] } },
      { x: { a: [2], b: [1, 1, 0] }, y: { y: [0, 2, 1, 0] } },
    ];
    await gradientsAreRight(model as never, backend, samples, on);
  },

  async 'the state of a bidirectional gru is its output'(on: On, backend: Backend) {
    // Both start a decoder: the state, and the vector that holds the same numbers.
    const model = (isState: boolean) =>
      graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
        const words = embedding({ inputDim: V, outputDim: 4 });
        const memory = apply(bidirectional(gru({ units: 3 })), apply(words, source), { name: 'encoder' });
        const other = apply(bidirectional(gru({ units: 3 })), apply(words, source), { name: 'other' });
        const initialState = isState ? memory.state : memory;
        return {
          y: apply(gru({ units: 6 }), apply(words, target), { name: 'decoder', initialState }),
          z: other,
        };
      }) as unknown as Model<never>;
    const [state, vector] = [true, false].map((isState) => on(model(isState), backend, { seed: 3 }));
    close(Object.values(await predict(state, x)), Object.values(await predict(vector, x)));
  },

  async 'a batch is its rows, each alone'(on: On, backend: Backend) {
    const network = on(translator(), backend, { seed: 2 });
    const all = await predict(network, x);
    for (const [row, source] of x.source.entries()) {
      const alone = await predict(network, { source: [source], target: [x.target[row]] });
      for (const name in all) close(alone[name][0], all[name][row]);
    }
  },

  async 'streams side by side are what predict computes'(on: On, backend: Backend) {
    const network = on(translator(), backend, { seed: 2 });
    const target = [1, 4, 5];
    const streams = x.source.map((source) => network.stream({ source } as never) as never as AnyStream);
    const { y } = await predict(network, { source: x.source, target: x.source.map(() => target) });
    for (const [t, token] of target.entries())
      for (const [row, stream] of streams.entries())
        close([...(await stream.push({ target: [token] })).y[0]], y[row][t]);
    for (const stream of streams) stream.close();
  },

  async 'a row that was reordered goes on with the tokens of the other'(on: On, backend: Backend) {
    const network = on(translator(), backend, { seed: 2 });
    const stream = network.stream({ source: [1, 2] } as never, { rows: 2 }) as never as AnyStream;
    await stream.push({ target: [1, 3] });
    stream.reorder([1, 0]);
    const { y } = await stream.push({ target: [5, 5] });
    stream.close();
    const source = [
      [1, 2],
      [1, 2],
    ];
    const expected = await predict(network, {
      source,
      target: [
        [3, 5],
        [1, 5],
      ],
    });
    for (const row of [0, 1]) close([...y[row]], expected.y[row][1]);
  },

  async 'a chain as a graph trains as sequential does, bit for bit'(on: On, backend: Backend) {
    const layers = () =>
      [gru({ units: 3, returnSequences: true }), batchNorm(), dense({ units: 2 })] as const;
    const chain = sequential(layers(), { inputShape: [null, 2] }).on(backend, { seed: 2 });
    const names = ['gru', 'batchNorm', 'dense'];
    const renamed = (weights: Weights) =>
      Object.fromEntries(
        Object.entries(weights).map(([name, value]) => [name.replace(/^\d/, (i) => names[Number(i)]), value]),
      );
    const path = graph({ x: sequence(2) }, ({ x }) => {
      const [first, second, third] = layers();
      return { y: apply(third, apply(second, apply(first, x))) };
    });
    const network = on(path as never, backend, { weights: renamed(await chain.getWeights()) });
    const rows = [
      {
        x: [
          [1, 2],
          [3, 4],
        ],
        y: [
          [1, 0],
          [0, 1],
        ],
      },
      { x: [[5, 6]], y: [[1, 1]] },
      { x: [[0, 1]], y: [[0, 1]] },
    ];
    const options = { optimizer: 'adam', batchSize: 2, epochs: 3, seed: 5 } as const;
    await chain.fit(rows, { ...options, loss: 'meanSquaredError' }).done;
    const samples = rows.map(({ x, y }) => ({ x: { x }, y: { y } }));
    await network.fit(samples as never, { ...options, loss: { y: 'meanSquaredError' } } as never).done;
    expect(await network.getWeights()).toEqual(renamed(await chain.getWeights()));
    const batch = rows.map(({ x }) => x);
    expect((await predict(network, { x: batch })).y).toEqual(await chain.predict(batch));
  },

  async 'the loss of a step is the weighted sum of the losses of the outputs'(on: On, backend: Backend) {
    const network = on(translator(), backend, { seed: 2 });
    const samples = x.source.map((source, row) => ({
      x: { source, target: x.target[row] },
      y: { y: x.target[row].map((token) => [token, 1]), topic: [row, 1] },
    }));
    const loss = { y: 'meanSquaredError', topic: 'meanSquaredError' };
    const own = (await network.evaluate(samples as never, { loss } as never)) as unknown as Record<
      string,
      number
    >;
    const run = network.fit(
      samples as never,
      { loss, lossWeights: { topic: 0.25 }, optimizer: 'sgd', batchSize: 3, epochs: 1 } as never,
    );
    const steps: number[] = [];
    for await (const step of run) steps.push((step as { loss: number }).loss);
    close(steps, [own['y.loss'] + 0.25 * own['topic.loss']]);
  },
} satisfies Readonly<Record<string, (on: On, backend: Backend) => Promise<void>>>;

/** A stream of a graph whose names the types do not know. */
export interface AnyStream {
  push(
    frames: Readonly<Record<string, readonly unknown[]>>,
  ): Promise<Record<string, readonly Float64Array[]>>;
  reorder(order: readonly number[]): void;
  close(): void;
}
