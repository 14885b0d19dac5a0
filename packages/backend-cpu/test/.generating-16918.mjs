import { cpu } from '@recurra/backend-cpu';
import {
  adam, apply, attention, beamSearch, concat, dense, embedding, evaluateGenerated, graph, greedy, lstm, seededRandom, tokens,
} from '@recurra/core';

const [shortest, longest, steps, strings] = [2, 5, 500, 40];
const [start, end] = [10, 11]; // after the ten digits

const model = graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
  const digits = embedding({ inputDim: 12, outputDim: 16 });
  const encoder = lstm({ units: 64, returnSequences: true });
  const decoder = lstm({ units: 64, returnSequences: true });
  const memory = apply(encoder, apply(digits, source));
  const query = apply(decoder, apply(digits, target), { initialState: memory.state });
  const context = apply(attention({ score: 'general' }), { query, memory });
  return { scores: apply(dense({ units: 12 }), apply(concat(), [query, context])) };
});

const random = seededRandom(1, 'digits');
const digits = () => {
  const length = shortest + random.integer(longest - shortest + 1);
  return Array.from({ length }, () => random.integer(10));
};

// In training, the decoder reads the right previous token at each step, and learns to predict the next one.
function* samples() {
  for (let i = 0; i < 32 * steps; i++) {
    const source = digits();
    const reversed = source.toReversed();
    yield { x: { source, target: [start, ...reversed] }, y: { scores: [...reversed, end] } };
  }
}

const network = model.on(await cpu({ threads: 1 }), { seed: 1 });
await network.fit(samples, {
  optimizer: adam({ learningRate: 0.005 }),
  loss: { scores: { kind: 'crossEntropy', fromLogits: true } },
  clip: { globalNorm: 1 },
  epochs: 1,
}).done;

// Here it reads the tokens that it has generated itself.
const tests = Array.from({ length: strings }, digits).map((source) => ({ x: { source }, y: source.toReversed() }));
const options = { start, end, maxLength: longest + 1 };
console.log('greedy', await evaluateGenerated(network, tests, { generate: (stream) => greedy(stream, options) }));
console.log('a beam of 4', await evaluateGenerated(network, tests, {
  width: 4,
  generate: (stream) => beamSearch(stream, options),
}));

// One string, and the alternatives of the beam.
const stream = network.stream({ source: digits() }, { rows: 4 });
const { tokens: written, score, alternatives } = await beamSearch(stream, options);
stream.close();
console.log(written, score, alternatives);
