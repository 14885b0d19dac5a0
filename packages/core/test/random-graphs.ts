/* Graphs drawn at random: forks, joins, shared layers and initial states, over three inputs; and data for them. */
import {
  add,
  apply,
  bidirectional,
  concat,
  dense,
  embedding,
  graph,
  gru,
  type Layer,
  lstm,
  minGru,
  type Node,
  sequence,
  tokens,
  vector,
} from '@recurra/core';
import fc from 'fast-check';

export const W = 3;
const WORDS = 5;
export const rnn = { units: W, returnSequences: true } as const;

/** What is added to a graph: an operation, on the nodes of these numbers. */
export const steps = fc.array(
  fc.record({
    op: fc.constantFrom('dense', 'gru', 'lstm', 'minGru', 'last', 'add', 'concat', 'both' as const),
    a: fc.nat(9),
    b: fc.nat(9),
    /** Whether the layer is one that was applied before. */
    share: fc.boolean(),
    start: fc.constantFrom('zero', 'vector', 'state' as const),
  }),
  { minLength: 2, maxLength: 7 },
);
export type Steps = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;
export type Model = ReturnType<typeof build>;

/** A graph of three inputs; each node that nothing takes is an output. `keep` says of how many of them. */
export function build(plan: Steps, keep = Number.POSITIVE_INFINITY) {
  return graph({ s: sequence(W), t: tokens(), v: vector(W) }, ({ s, t, v }) => {
    const used = new Set<Node>();
    const layers: Record<string, Layer<string, object, 'sequence', 'sequence'>> = {};
    const sequences: Node<'sequence'>[] = [];
    const vectors: Node<'vector'>[] = [v];
    const states: Record<string, Node<'sequence'>[]> = { gru: [], lstm: [], minGru: [] };
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
          op === 'dense' ? dense({ units: W }) : { gru, lstm, minGru }[op](rnn),
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
export const X = {
  s: LENGTHS.map((length, row) => Array.from({ length }, (_, t) => vectorOf(row * 50 + t * 7))),
  t: LENGTHS.map((length, row) => Array.from({ length }, (_, t) => (row * 3 + t * 2) % WORDS)),
  v: LENGTHS.map((_, row) => vectorOf(900 + row)),
};
export const rowsOf = (rows: readonly number[]) => ({
  s: rows.map((row) => X.s[row]),
  t: rows.map((row) => X.t[row]),
  v: rows.map((row) => X.v[row]),
});
export const samplesOf = ({ outputs }: Model) =>
  LENGTHS.map((_, row) => ({
    x: { s: X.s[row], t: X.t[row], v: X.v[row] },
    y: Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }]) => [name, 'time' in shape ? X.s[row] : X.v[row]]),
    ),
    weight: 1 + row,
  }));
