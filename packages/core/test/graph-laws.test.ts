/* Laws of graphs that are drawn at random, on the reference. */
import { reference } from '@recurra/backend-reference';
import {
  adam,
  add,
  apply,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  gru,
  type Layer,
  loadNetwork,
  lstm,
  type Node,
  OptionError,
  RecurraError,
  sequence,
  sequential,
  tokens,
  vector,
} from '@recurra/core';
import { modelFromJson } from '@recurra/core/files';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';

const backend = await reference();
afterAll(() => backend.dispose());

const W = 3;
const WORDS = 5;
const rnn = { units: W, returnSequences: true } as const;

/** What is added to a graph: an operation, on the nodes of these numbers. */
const steps = fc.array(
  fc.record({
    op: fc.constantFrom('dense', 'gru', 'lstm', 'last', 'add', 'concat', 'both' as const),
    a: fc.nat(9),
    b: fc.nat(9),
    /** Whether the layer is one that was applied before. */
    share: fc.boolean(),
    start: fc.constantFrom('zero', 'vector', 'state' as const),
  }),
  { minLength: 2, maxLength: 7 },
);
type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;
type Model = ReturnType<typeof build>;

/** A graph of three inputs; each node that nothing takes is an output. `keep` says of how many of them. */
function build(plan: Steps, keep = Number.POSITIVE_INFINITY) {
  return graph({ s: sequence(W), t: tokens(), v: vector(W) }, ({ s, t, v }) => {
    const used = new Set<Node>();
    const layers: Record<string, Layer<string, object, 'sequence', 'sequence'>> = {};
    const sequences: Node<'sequence'>[] = [];
    const vectors: Node<'vector'>[] = [v];
    const states: Record<string, Node<'sequence'>[]> = { gru: [], lstm: [] };
    sequences.push(s, apply(embedding({ inputDim: WORDS, outputDim: W }), t, { name: 'words' }));
    const pick = <N extends Node>(list: readonly N[], at: number) => {
      const node = list[at % list.length];
      used.add(node);
      return node;
    };
    const layerOf = (op: string, share: boolean, make: () => unknown) => {
      if (!share || !layers[op]) layers[op] = make() as never;
      return layers[op];
    };
    for (const [i, { op, a, b, share, start }] of plan.entries()) {
      const name = `n${i}`;
      const x = pick(sequences, a);
      if (op === 'last') vectors.push(apply(gru({ units: W }), x, { name }));
      else if (op === 'add') sequences.push(apply(add(), [x, pick(sequences, b)], { name }));
      else if (op === 'both') sequences.push(apply(bidirectional(gru(rnn), { merge: 'sum' }), x, { name }));
      else if (op === 'concat') {
        const joined = apply(concat(), [x, pick(sequences, b)], { name: `${name}joined` });
        sequences.push(apply(dense({ units: W }), joined, { name }));
      } else {
        const layer = layerOf(op, share, () =>
          op === 'dense' ? dense({ units: W }) : op === 'gru' ? gru(rnn) : lstm(rnn),
        );
        const earlier = states[op] ?? [];
        const state = start === 'state' && earlier.length > 0 ? pick(earlier, b) : undefined;
        const initialState = state?.state ?? (start === 'vector' ? pick(vectors, b) : undefined);
        const node = apply(layer, x, op === 'dense' ? { name } : { name, initialState });
        states[op]?.push(node);
        sequences.push(node);
      }
    }
    vectors.push(apply(dense({ units: W }), v, { name: 'ofV' }));
    sequences.push(apply(dense({ units: W }), s, { name: 'ofS' }));
    const free = [...sequences.slice(1), ...vectors.slice(1)].filter((node) => !used.has(node));
    return Object.fromEntries(
      free.slice(-keep).map((node, i, { length }) => [`o${length - i}`, node as Node<'sequence'>]),
    );
  });
}

/** Rows of unequal lengths. */
const LENGTHS = [3, 1, 4];
const number = (i: number) => Math.sin(i * 12.9898) * 1.5;
const vectorOf = (seed: number) => Array.from({ length: W }, (_, i) => number(seed + i));
const X = {
  s: LENGTHS.map((length, row) => Array.from({ length }, (_, t) => vectorOf(row * 50 + t * 7))),
  t: LENGTHS.map((length, row) => Array.from({ length }, (_, t) => (row * 3 + t * 2) % WORDS)),
  v: LENGTHS.map((_, row) => vectorOf(900 + row)),
};
const rowsOf = (rows: readonly number[]) => ({
  s: rows.map((row) => X.s[row]),
  t: rows.map((row) => X.t[row]),
  v: rows.map((row) => X.v[row]),
});
const samplesOf = ({ outputs }: Model) =>
  LENGTHS.map((_, row) => ({
    x: { s: X.s[row], t: X.t[row], v: X.v[row] },
    y: Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }]) => [name, 'time' in shape ? X.s[row] : X.v[row]]),
    ),
    weight: 1 + row,
  }));

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
