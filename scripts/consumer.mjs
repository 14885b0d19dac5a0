// A program as a user would write it. The package checks run it with the installed tarballs: in Node, bundled, and in a browser.
import { cpu } from '@recurra/backend-cpu';
import { adam, dense, loadNetwork, lstm, sequential } from '@recurra/core';

const samples = Array.from({ length: 32 }, (_, row) => ({
  x: Array.from({ length: 6 }, (_, time) => [Math.sin(row + time), Math.cos(row + time)]),
  y: [Math.sin(row + 6)],
}));
const x = samples.slice(0, 4).map((sample) => sample.x);

const backend = await cpu();
const network = sequential([lstm({ units: 8 }), dense({ units: 1 })], { inputShape: [null, 2] }).on(backend, {
  seed: 1,
});
const run = network.fit(samples, {
  loss: 'meanSquaredError',
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 2,
});
let steps = 0;
for await (const step of run) {
  if (!Number.isFinite(step.loss)) throw new Error(`the loss is ${step.loss}`);
  steps++;
}
await run.done;
if (steps === 0) throw new Error('no training step ran');

const before = JSON.stringify(await network.predict(x));
const loaded = await loadNetwork(await network.save(), backend);
const after = JSON.stringify(await loaded.predict(x));
if (before !== after) throw new Error(`the loaded network differs: ${before} became ${after}`);

console.log('consumer: ok');
