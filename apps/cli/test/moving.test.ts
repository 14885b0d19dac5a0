/*
 * A model moves between native and the other backends, and a training begun on one is resumed on the other. The conformance
 * suite has the model files of WebGL, in the group `transfer`.
 */
import { cpu } from '@recurra/backend-cpu';
import { native } from '@recurra/backend-native';
import { reference } from '@recurra/backend-reference';
import { webgpu } from '@recurra/backend-webgpu';
import { type Backend, dense, gru, loadNetwork, lstm, sequential } from '@recurra/core';
import { describe, expect, onTestFinished, test } from 'vitest';

const model = sequential(
  [lstm({ units: 6, returnSequences: true }), gru({ units: 5, resetAfter: false }), dense({ units: 2 })],
  { inputShape: [4, 3] },
);
const sample = (n: number) => ({
  x: Array.from({ length: 4 }, (_, t) => [0, 1, 2].map((i) => Math.sin(n + 2 * t + 3 * i))),
  y: [Math.sin(n), Math.cos(n)],
});
const samples = Array.from({ length: 12 }, (_, n) => sample(n));
const inputs = samples.map(({ x }) => x);
const STEPS = 6;

/** Trains from the start, or from a checkpoint. @returns the file, the checkpoint after half of the steps, and predictions */
async function trained(backend: Backend, resume?: Uint8Array) {
  const network = model.on(backend, { seed: 1 });
  const run = network.fit(samples, {
    ...{ loss: 'meanSquaredError', optimizer: 'adam', batchSize: 4, epochs: 2 },
    ...(resume && { resume }),
  });
  let checkpoint: Uint8Array | undefined;
  for await (const { step } of run) if (step === STEPS / 2) checkpoint = await run.checkpoint();
  return { file: await network.save(), checkpoint, outputs: (await network.predict(inputs)).flat() };
}

/** Each backend, or the reason why there is none here. In CI there must be all. */
async function opened(create: () => Promise<Backend>): Promise<Backend | string> {
  const made = await create().catch(({ message }: Error) => message);
  if (typeof made === 'string' && process.env.CI) throw new Error(made);
  return made;
}

const here = await opened(() => native());
const others = await Promise.all(
  Object.entries({ cpu, reference, webgpu: () => webgpu({ allowSoftware: true }) }).map(
    async ([name, create]) => ({ name, there: await opened(create) }),
  ),
);

describe.each(others)('native and $name', ({ name, there }) => {
  const missing = [here, there].find((backend) => typeof backend === 'string');
  const title = 'a model moves there and back, and a training is resumed on either';
  test.skipIf(missing)(missing ? `${title}: ${missing}` : title, async () => {
    const pair = [here, there] as Backend[];
    onTestFinished(() => pair[1].dispose());
    const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4));
    for (const [from, to] of [pair, [pair[1], pair[0]]]) {
      const { file, checkpoint, outputs } = await trained(from);
      const loaded = await loadNetwork(file, to);
      expect((await loaded.predict(inputs)).flat(), `${name}: a file`).toEqual(near(outputs));
      const back = await loadNetwork(await loaded.save(), from);
      expect((await back.predict(inputs)).flat(), `${name}: the file back`).toEqual(near(outputs));
      const resumed = await trained(to, checkpoint);
      expect(resumed.outputs, `${name}: a checkpoint`).toEqual(near(outputs));
    }
  });
});
