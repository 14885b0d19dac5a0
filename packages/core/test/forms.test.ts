/* Kernels of several forms: reports name the form that runs, and a resumed training takes the forms of its checkpoint. */
import { cpu } from '@recurra/backend-cpu';
import { type Backend, dense, FormatError, gru, OptionError, sequential } from '@recurra/core';
import type { RecurrentInputs, RecurrentKernel, RecurrentSpec } from '@recurra/core/backend';
import { expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../src/files/safetensors.js';

type Form = 'plain' | 'scaled';

/** A backend whose GRU has two forms, which round differently. `rule` is the form without a choice. */
async function twoForms({ device = 'a device', rule = 'plain' as Form } = {}): Promise<Backend> {
  const right = await cpu();
  const kernel = right.fused.recurrent as RecurrentKernel;
  const chosen = new Map<string, string>();
  const keyOf = ({ batch }: RecurrentSpec) => `forward, batch ${batch}`;
  const form = (spec: RecurrentSpec) => chosen.get(keyOf(spec)) ?? rule;
  const within = <T>(
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
    run: (inputs: RecurrentInputs) => T,
  ): T => {
    chosen.set(keyOf(spec), form(spec));
    if (form(spec) === 'plain') return run(inputs);
    const x = right.affine(inputs.x, 1 + 2 ** -12, 0);
    const result = run({ ...inputs, x });
    right.free(x);
    return result;
  };
  return {
    ...right,
    device,
    forms: {
      choices: () => Object.fromEntries(chosen),
      use(choices) {
        for (const [key, name] of Object.entries(choices)) {
          if (name !== 'plain' && name !== 'scaled')
            throw new OptionError(`forms: ${key} must be plain or scaled`);
        }
        for (const [key, name] of Object.entries(choices)) chosen.set(key, name);
      },
    },
    fused: {
      ...right.fused,
      recurrent: {
        declines: kernel.declines,
        formsOf: (spec) => [
          { pass: 'forward', key: keyOf(spec), candidates: ['plain', 'scaled'], form: form(spec) },
        ],
        forward: (spec, inputs) => within(spec, inputs, (inputs) => kernel.forward(spec, inputs)),
        backward: (spec, inputs, outputs, gradients) =>
          within(spec, inputs, (inputs) => kernel.backward(spec, inputs, outputs, gradients)),
      },
    },
  };
}

const model = sequential([gru({ units: 4 }), dense({ units: 1 })], { inputShape: [null, 2] });
const samples = Array.from({ length: 6 }, (_, i) => ({
  x: [
    [0.1 * i, 0.3],
    [-0.2, 0.05 * i],
  ],
  y: [Math.sin(i)],
}));
const options = { loss: 'meanSquaredError', optimizer: 'adam', epochs: 4, batchSize: 3 } as const;

/** The weights at the end of a training, and a checkpoint after its third step. */
async function train(backend: Backend, resume?: Uint8Array) {
  const network = model.on(backend, { seed: 1 });
  const run = network.fit(samples, { ...options, resume });
  let checkpoint: Uint8Array | undefined;
  for await (const { step } of run) if (step === 3) checkpoint = await run.checkpoint();
  const weights = await network.getWeights();
  network.dispose();
  return { weights, checkpoint };
}

it('explains the form that runs for batches of a size', async () => {
  const backend = await twoForms();
  backend.forms?.use({ 'forward, batch 7': 'scaled' });
  const network = model.on(backend);
  const forms = (size?: object) => network.explain(size).map(({ kernel, forms }) => [kernel, forms]);
  expect(forms()).toEqual([
    ['recurrent', { forward: 'plain' }],
    ['dense', undefined],
  ]);
  expect(forms({ batch: 7, time: 3 })[0]).toEqual(['recurrent', { forward: 'scaled' }]);
  expect(() => network.explain({ batch: 0 })).toThrow('explain: batch must be a positive whole number');
  // A report makes no choice.
  expect(backend.forms?.choices()).toEqual({ 'forward, batch 7': 'scaled' });
  network.dispose();
});

it('resumes a training in the forms of its checkpoint, bit for bit', async () => {
  const scaled = await twoForms({ rule: 'scaled' });
  const { weights, checkpoint } = await train(scaled);
  expect((await train(await twoForms())).weights).not.toEqual(weights);

  const fresh = await twoForms();
  expect((await train(fresh, checkpoint)).weights).toEqual(weights);
  expect(fresh.forms?.choices()).toEqual({ 'forward, batch 3': 'scaled' });
});

it('resumes in the backend’s own forms on another device, and on a backend without forms', async () => {
  const { checkpoint } = await train(await twoForms({ rule: 'scaled' }));
  const elsewhere = await twoForms({ device: 'another device' });
  await train(elsewhere, checkpoint);
  expect(elsewhere.forms?.choices()).toEqual({ 'forward, batch 3': 'plain' });
  await train(await cpu(), checkpoint);
  const { checkpoint: plain } = await train(await cpu());
  await train(await twoForms(), plain);
});

it('refuses a checkpoint whose forms the backend does not have, and changes nothing', async () => {
  const { checkpoint } = await train(await twoForms());
  const changed = (forms: unknown) => {
    const { tensors, metadata } = decodeSafetensors(checkpoint as Uint8Array);
    const training = JSON.stringify({ ...JSON.parse(metadata.training), forms });
    return encodeSafetensors(tensors, { ...metadata, training });
  };
  const backend = await twoForms();
  const network = model.on(backend, { seed: 1 });
  const before = await network.getWeights();
  const memory = backend.memory();
  const resume = (forms: unknown) => () => network.fit(samples, { ...options, resume: changed(forms) });
  const saved = { backend: 'cpu', device: 'a device' };
  expect(resume({ ...saved, choices: { 'forward, batch 3': 'tiled' } })).toThrow(
    /^resume: the checkpoint was trained in forms that the backend does not have: forms: forward, batch 3 must be plain or scaled/,
  );
  expect(resume({ ...saved, choices: { 'forward, batch 3': 'tiled' } })).toThrow(OptionError);
  for (const forms of [1, [], { ...saved, device: 1, choices: {} }, { ...saved, choices: 'plain' }])
    expect(resume(forms)).toThrow(FormatError);
  expect(backend.memory()).toEqual(memory);
  expect(await network.getWeights()).toEqual(before);
  expect(backend.forms?.choices()).toEqual({});
  network.dispose();
});
