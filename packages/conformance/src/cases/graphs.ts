/*
 * Models that are graphs, on the backend and on the reference: training, prediction, streams, beam search and files must
 * agree.
 */
import {
  adam,
  apply,
  attention,
  type Backend,
  batchNorm,
  beamSearch,
  bidirectional,
  concat,
  conv2d,
  dense,
  embedding,
  flatten,
  frames,
  graph,
  gru,
  loadNetwork,
  lstm,
  maxPooling2d,
  type NestedNumbers,
  type TypesOf,
  tokens,
} from '@recurra/core';
import type { Check } from '../check.js';
import { random, type Values, whole } from '../numbers.js';
import type { Case } from '../suite.js';
import { ofGolden } from '../tolerance.js';

const group = 'graphs';
const WORDS = 7;
const EPOCHS = 4;

/** An encoder and a decoder that share their embedding, with attention after the decoder (Luong et al. 2015). */
function translator() {
  return graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const words = embedding({ inputDim: WORDS, outputDim: 5 });
    const memory = apply(bidirectional(lstm({ units: 3, returnSequences: true })), apply(words, source));
    const decoder = lstm({ units: 6, returnSequences: true });
    const query = apply(decoder, apply(words, target), { initialState: memory.state });
    const context = apply(attention({ score: 'general' }), { query, memory });
    return { scores: apply(dense({ units: WORDS }), apply(concat(), [query, context])) };
  });
}

/** Sources of 2 to 4 words, and targets of 3 to 5. */
const SENTENCES = Array.from({ length: 5 }, (_, i) => ({
  x: { source: whole(2 + (i % 3), i, WORDS), target: whole(3 + ((i + 1) % 3), i + 20, WORDS) },
  y: { scores: whole(3 + ((i + 1) % 3), i + 40, WORDS) },
}));

/** A short film: its position at every step, and its kind. */
function film() {
  return graph({ film: frames(6, 5, 2) }, ({ film }) => {
    const pixels = apply(conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu' }), film);
    const pooled = apply(maxPooling2d({ poolSize: 2 }), apply(batchNorm(), pixels));
    const sequence = apply(gru({ units: 4, returnSequences: true }), apply(flatten(), pooled));
    const last = apply(gru({ units: 3 }), sequence);
    return { position: apply(dense({ units: 2 }), sequence), kind: apply(dense({ units: 3 }), last) };
  });
}

const FILMS = Array.from({ length: 5 }, (_, i) => {
  const steps = 2 + (i % 3);
  return {
    x: { film: random([steps, 6, 5, 2], i + 1) },
    y: { position: random([steps, 2], i + 60), kind: i % 3 },
  };
});

export const graphs: Case[] = [
  {
    group,
    name: 'an encoder and a decoder with attention train, stream, search and reload',
    run: (check) => agree(check, runTranslator),
  },
  {
    group,
    name: 'frames through conv2d, batchNorm and pooling into two recurrent layers with a head each',
    run: (check) => agree(check, runFilm),
  },
];

type Results = Readonly<Record<string, Values>>;

async function agree(check: Check, run: (check: Check, backend: Backend) => Promise<Results>): Promise<void> {
  const expected = await run(check, await check.reference());
  const actual = await run(check, check.backend);
  for (const [name, values] of Object.entries(expected))
    check.near(`${name} `, actual[name], values, ofGolden(values.data));
}

async function runTranslator(check: Check, backend: Backend): Promise<Results> {
  const network = check.use(translator().on(backend, { seed: 3 }));
  const run = network.fit(SENTENCES, {
    loss: { scores: { kind: 'crossEntropy', fromLogits: true } },
    optimizer: adam({ learningRate: 0.02 }),
    clip: { globalNorm: 1 },
    batchSize: 3,
    epochs: EPOCHS,
    seed: 2,
  });
  const losses: number[] = [];
  for await (const { loss, gradientNorm } of run) losses.push(loss, gradientNorm);

  const rows = SENTENCES.slice(0, 2);
  const source = rows.map(({ x }) => x.source);
  const target = rows.map(({ x }) => x.target.slice(0, 3));
  const { scores } = await network.predict({ source, target });
  const before = backend.memory().tensors;
  const stream = network.stream({ source }, { rows: 4 });
  for (let t = 0; t < 3; t++) {
    const pushed = await stream.push({ target: [0, 0, 1, 1].map((row) => target[row][t]) });
    for (const [row, logits] of pushed.scores.entries()) {
      const values = { shape: [WORDS], data: scores[row >> 1][t] as unknown as number[] };
      check.near(
        `step ${t} of row ${row} of the stream `,
        { ...values, data: logits },
        values,
        ofGolden(values.data),
      );
    }
    stream.reorder([1, 0, 2, 2]);
  }
  const found = await beamSearch(stream, { start: 0, end: 1, maxLength: 4 });
  stream.close();
  check.same('the count of tensors after the stream', backend.memory().tensors, before);

  const again = check.use(await loadNetwork<TypesOf<typeof network>>(await network.save(), backend));
  const reloaded = flat((await again.predict({ source, target })).scores);
  check.near('scores after saving and loading ', reloaded, flat(scores), ofGolden(flat(scores).data));
  return {
    'losses and gradient norms': { shape: [losses.length], data: losses },
    scores: flat(scores),
    ...(await network.getWeights()),
    'scores of the best hypotheses': { shape: [2], data: found.map(({ score }) => score) },
  };
}

async function runFilm(check: Check, backend: Backend): Promise<Results> {
  const network = check.use(film().on(backend, { seed: 3 }));
  const run = network.fit(FILMS, {
    loss: { position: 'meanSquaredError', kind: { kind: 'crossEntropy', fromLogits: true } },
    lossWeights: { kind: 0.5 },
    optimizer: adam({ learningRate: 0.01 }),
    batchSize: 3,
    epochs: EPOCHS,
    seed: 2,
  });
  const losses: number[] = [];
  for await (const { loss, gradientNorm } of run) losses.push(loss, gradientNorm);
  const { position, kind } = await network.predict({ film: FILMS.map(({ x }) => x.film) });
  return {
    'losses and gradient norms': { shape: [losses.length], data: losses },
    position: flat(position as unknown as NestedNumbers),
    kind: flat(kind as unknown as NestedNumbers),
    ...(await network.getWeights()),
  };
}

function flat(nested: NestedNumbers): Values {
  const data = (nested as unknown as number[][]).flat(Infinity) as number[];
  return { shape: [data.length], data };
}
