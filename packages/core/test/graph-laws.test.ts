/* Laws of graphs that are drawn at random, on the reference. */
import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  dense,
  graph,
  gru,
  loadNetwork,
  lstm,
  OptionError,
  RecurraError,
  sequence,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { modelFromJson } from '@recurra/core/files';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { build, type Model, rnn, rowsOf, type Steps, samplesOf, steps, W, X } from './random-graphs.js';

const backend = await reference();
afterAll(() => backend.dispose());

type Nested = number | readonly Nested[];
function near(actual: unknown, expected: unknown): void {
  const a = [actual].flat(9) as number[];
  const b = [expected].flat(9) as number[];
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => void expect(Math.abs(value - b[i])).toBeLessThanOrEqual(1e-12));
}

const law = (check: (plan: Steps) => Promise<void>, numRuns = 25) =>
  fc.assert(fc.asyncProperty(steps, check), { numRuns, seed: 24 });

it('a description read again is itself, and the network loaded again predicts the same', () =>
  law(async (plan) => {
    const model = build(plan);
    const json = JSON.parse(JSON.stringify(model));
    expect(JSON.parse(JSON.stringify(modelFromJson(json)))).toEqual(json);
    const network = model.on(backend, { seed: 1 });
    const again = await loadNetwork(await network.save(), backend);
    expect(await again.predict(X as never)).toEqual(await network.predict(X));
    again.dispose();
    network.dispose();
  }));

it('rows go their own way: permuted, or one alone', () =>
  law(async (plan) => {
    const network = build(plan).on(backend, { seed: 2 });
    const together = await network.predict(X);
    for (const rows of [[2, 0, 1], [0], [1], [2]]) {
      const some = await network.predict(rowsOf(rows));
      for (const name in together)
        near(
          some[name],
          rows.map((row) => (together[name] as readonly Nested[])[row]),
        );
    }
    network.dispose();
  }));

it('outputs that are left out change nothing', () =>
  law(async (plan) => {
    const network = build(plan).on(backend, { seed: 3 });
    const all = await network.predict(X);
    const weights = await network.getWeights();
    for (let keep = 1; keep < Object.keys(all).length; keep++) {
      let model: Model;
      try {
        model = build(plan, keep);
      } catch (error) {
        // No layer uses one of the inputs any more.
        expect(error).toBeInstanceOf(OptionError);
        continue;
      }
      const names = [...model.parameters().keys()];
      if (names.some((name) => !weights[name])) continue;
      const fewer = model.on(backend, {
        weights: Object.fromEntries(names.map((name) => [name, weights[name]])),
      });
      for (const [name, values] of Object.entries(await fewer.predict(X))) expect(values).toEqual(all[name]);
      fewer.dispose();
    }
    network.dispose();
  }));

it('a stream with any of the inputs given predicts the same, or is refused', async () => {
  let streamed = 0;
  await law(async (plan) => {
    const network = build(plan).on(backend, { seed: 4 });
    const { outputs } = network.model;
    const row = rowsOf([2, 2]);
    const [length] = [row.s[0].length];
    const whole = (await network.predict(row)) as Record<string, readonly Nested[]>;
    const held = backend.memory();
    for (const given of [['v'], ['v', 's'], ['v', 't'], ['s'], []]) {
      let stream: ReturnType<typeof network.stream>;
      try {
        stream = network.stream(Object.fromEntries(given.map((name) => [name, row[name as 's']])) as never);
      } catch (error) {
        expect(error).toBeInstanceOf(RecurraError);
        continue;
      }
      streamed++;
      for (let t = 0; t < length; t++) {
        const frames = Object.fromEntries(
          Object.keys(stream.inputs).map((name) => [name, row[name as 's'].map((steps) => steps[t])]),
        );
        const pushed = (await stream.push(frames as never)) as Record<string, readonly ArrayLike<number>[]>;
        for (const name in pushed) {
          const stepped = pushed[name][0].length === W;
          if (!('time' in outputs[name].shape) && t < length - 1) continue;
          pushed[name].forEach((values, i) => {
            const expected = whole[name][i] as readonly Nested[];
            near(Array.from(values), 'time' in outputs[name].shape && stepped ? expected[t] : expected);
          });
        }
      }
      stream.close();
    }
    expect(backend.memory()).toEqual(held);
    network.dispose();
  });
  expect(streamed).toBeGreaterThan(20);
});

it('training resumed from a checkpoint is training without a break', () =>
  law(async (plan) => {
    const model = build(plan);
    const samples = samplesOf(model) as never;
    const loss = Object.fromEntries(
      Object.keys(model.outputs).map((name) => [name, 'meanSquaredError' as const]),
    );
    const settings = { optimizer: adam(), loss, batchSize: 2, seed: 3 } as const;
    const [whole, first, rest] = [1, 2, 3].map(() => model.on(backend, { seed: 1 }));
    await whole.fit(samples, { ...settings, epochs: 2 }).done;
    let bytes = new Uint8Array();
    const save = (saved: Uint8Array) => {
      bytes = new Uint8Array(saved);
    };
    await first.fit(samples, { ...settings, epochs: 1, checkpoint: { save } }).done;
    await rest.fit(samples, { ...settings, epochs: 2, resume: bytes }).done;
    expect(await rest.getWeights()).toEqual(await whole.getWeights());
    for (const network of [whole, first, rest]) network.dispose();
  }, 8));

it('a chain as a graph is `sequential`, bit for bit, also after training', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('dense', 'gru', 'lstm'), { minLength: 1, maxLength: 4 }),
      async (kinds) => {
        const make = { dense: () => dense({ units: W }), gru: () => gru(rnn), lstm: () => lstm(rnn) };
        const layers = () => kinds.map((kind) => make[kind as 'gru']());
        const chain = sequential(layers() as never, { inputShape: [null, W] }).on(backend, { seed: 5 });
        const renamed = (weights: object) =>
          Object.fromEntries(Object.entries(weights).map(([name, value]) => [`n${name}`, value]));
        const path = graph({ x: sequence(W) }, ({ x }) => ({
          y: layers().reduce((node, layer, i) => apply(layer, node, { name: `n${i}` }), x),
        })).on(backend, { weights: renamed(await chain.getWeights()) });
        expect((await path.predict({ x: X.s })).y).toEqual(await chain.predict(X.s));
        const settings = { optimizer: adam(), batchSize: 2, epochs: 2, seed: 7 } as const;
        await chain.fit(
          X.s.map((x) => ({ x, y: x })),
          { ...settings, loss: 'meanSquaredError' },
        ).done;
        await path.fit(
          X.s.map((x) => ({ x: { x }, y: { y: x } })),
          { ...settings, loss: { y: 'meanSquaredError' } },
        ).done;
        expect(await path.getWeights()).toEqual(renamed(await chain.getWeights()));
        chain.dispose();
        path.dispose();
      },
    ),
    { numRuns: 12, seed: 6 },
  ));

it('an output that is a sequence of the given inputs alone has no probabilities to go on from', async () => {
  const network = graph({ s: sequence(W), t: sequence(W) }, ({ s, t }) => ({
    fixed: apply(dense({ units: W }), s),
    stepped: apply(gru(rnn), t),
  })).on(backend, { seed: 8 });
  const stream = network.stream({ s: X.s.slice(0, 2) });
  const frames = { t: [X.v[0], X.v[1]] };
  await expect(stream.logProbabilities(frames, 'fixed')).rejects.toThrow(UnsupportedError);
  expect(await stream.logProbabilities(frames, 'stepped')).toHaveLength(2);
  const { fixed } = await network.predict({ s: X.s.slice(0, 2), t: X.s.slice(0, 2) });
  const pushed = await stream.push(frames);
  // The second source is one step long; the rest of its row is zero.
  near(Array.from(pushed.fixed[0]), fixed[0]);
  near(Array.from(pushed.fixed[1]).slice(0, W), fixed[1]);
  stream.close();
  network.dispose();
});
