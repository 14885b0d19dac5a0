import { cpu } from '@recurra/backend-cpu';
import {
  adam, apply, attention, concat, dense, embedding, evaluateGenerated, graph, greedy, lstm, seededRandom, tokens,
} from '@recurra/core';

const [start, end] = [8, 9]; // after eight letters
const model = graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
  const letters = embedding({ inputDim: 10, outputDim: 16 }); // the same value twice: shared weights
  const memory = apply(lstm({ units: 32, returnSequences: true }), apply(letters, source), { name: 'encoder' });
  const query = apply(lstm({ units: 32, returnSequences: true }), apply(letters, target), {
    name: 'decoder',
    initialState: memory.state,
  });
  const context = apply(attention({ score: 'general' }), { query, memory });
  return { scores: apply(dense({ units: 10 }), apply(concat(), [query, context])) };
});

const random = seededRandom(1, 'strings');
const word = () => Array.from({ length: 3 + random.integer(5) }, () => random.integer(8));
const sample = (source) => {
  const target = source.toReversed();
  return { x: { source, target: [start, ...target] }, y: { scores: [...target, end] } };
};
const network = model.on(await cpu({ threads: 1 }), { seed: 1 });
await network.fit(Array.from({ length: 4800 }, () => sample(word())), {
  loss: { scores: { kind: 'crossEntropy', fromLogits: true } },
  optimizer: adam({ learningRate: 0.01 }),
  clip: { globalNorm: 1 },
  epochs: 2,
}).done;

const tests = Array.from({ length: 100 }, word).map((source) => ({ x: { source }, y: source.toReversed() }));
console.log(await evaluateGenerated(network, tests, {
  generate: (stream) => greedy(stream, { start, end, maxLength: 10 }),
}));

// The attention weights of one string, [steps of the target, rows, steps of the source].
const { x } = sample([0, 1, 2, 3, 4, 5]);
const { steps } = await network.inspect({ source: [x.source], target: [x.target] }, { layer: 'attention' });
const { data, shape: [written, , read] } = steps.attention;
for (let t = 0; t < written; t++) console.log(Array.from(data.subarray(t * read, (t + 1) * read), (w) => w.toFixed(2)).join(' '));
