/* The functions that the tests call in a page of Chromium. */
import { gpujs } from '@recurra/backend-gpujs';
import { reference } from '@recurra/backend-reference';
import { type Backend, dense, gru, lstm, rnn, sequential } from '@recurra/core';
import { fusedCalls } from './fused-page.js';
import { oldFiles } from './old-files-page.js';
import { stepCalls } from './step-page.js';

type Context = WebGL2RenderingContext | WebGLRenderingContext;
type Mode = 'webgl2' | 'webgl1';

const SAMPLES = Array.from({ length: 12 }, (_, n) => ({
  x: Array.from({ length: 3 + (n % 4) }, (_, t) => [Math.sin(n + t), Math.cos(n * t)]),
  y: n % 3,
}));
const OPTIONS = { loss: 'crossEntropy', optimizer: 'adam', epochs: 4, batchSize: 4 } as const;

function networkOn(backend: Backend) {
  const layers = [
    lstm({ units: 5, returnSequences: true }),
    gru({ units: 4 }),
    dense({ units: 3, activation: 'softmax' }),
  ];
  return sequential(layers, { inputShape: [null, 2] }).on(backend, { seed: 1 });
}

/** Trains, and returns the network's predictions, flattened. */
async function train(backend: Backend): Promise<number[]> {
  const network = networkOn(backend);
  await network.fit(SAMPLES, OPTIONS).done;
  const rows = SAMPLES.map(({ x }) => x.slice(0, 3));
  const predictions = [await network.predict(rows)].flat(3) as number[];
  network.dispose();
  return predictions;
}

/** Trains on this backend and on the reference, and compares the predictions. */
async function training(mode: Mode) {
  const [backend, exact] = [await gpujs({ mode }), await reference()];
  const [actual, expected] = [await train(backend), await train(exact)];
  const difference = Math.max(...expected.map((value, i) => Math.abs(value - actual[i])));
  const { device } = backend;
  const first = backend.compiled();
  await train(backend);
  const again = backend.compiled();
  const left = backend.memory();
  backend.dispose();
  return { difference, device, first, again, left };
}

/** Trains as on a GPU, whose threads compute less each: the renderer has the name of one. */
async function trainingAsOnGpu(mode: Mode) {
  const { prototype } = mode === 'webgl2' ? WebGL2RenderingContext : WebGLRenderingContext;
  const { getParameter } = prototype;
  prototype.getParameter = function (this: Context, name: number) {
    const { UNMASKED_RENDERER_WEBGL } = this.getExtension('WEBGL_debug_renderer_info') ?? {};
    return name === UNMASKED_RENDERER_WEBGL ? 'some GPU' : getParameter.call(this, name);
  };
  try {
    return await training(mode);
  } finally {
    prototype.getParameter = getParameter;
  }
}

/** Loses the context in the middle of training, and resumes from the last checkpoint on a new backend. */
async function loss(mode: Mode) {
  const contexts = recordContexts();
  const undisturbed = await gpujs({ mode });
  const expected = networkOn(undisturbed);
  await expected.fit(SAMPLES, OPTIONS).done;

  const backend = await gpujs({ mode });
  const context = contexts.at(-1) as Context;
  let checkpoint: Uint8Array | undefined;
  const network = networkOn(backend);
  const run = network.fit(SAMPLES, {
    ...OPTIONS,
    checkpoint: {
      save: (bytes) => {
        checkpoint = bytes;
      },
    },
  });
  let error: unknown;
  try {
    for await (const { step } of run)
      if (step === 8) context.getExtension('WEBGL_lose_context')?.loseContext();
  } catch (thrown) {
    error = thrown;
  }
  const reported = await backend.lost;
  network.dispose();
  const left = backend.memory();

  const again = networkOn(await gpujs({ mode }));
  await again.fit(SAMPLES, { ...OPTIONS, resume: checkpoint }).done;
  const [weights, right] = [await again.getWeights(), await expected.getWeights()];
  const same = Object.keys(right).every((name) =>
    Array.from(right[name].data).every((value, i) => value === weights[name].data[i]),
  );
  return {
    name: (error as Error).name,
    message: (error as Error).message,
    reported: reported === error,
    left,
    same,
  };
}

/** Trains for many steps, and returns the textures and the backend's counts before and after. */
async function manySteps(mode: Mode, steps: number) {
  const textures = countTextures();
  const backend = await gpujs({ mode });
  const network = sequential([rnn({ units: 1 })], { inputShape: [2, 1] }).on(backend, { seed: 1 });
  const samples = [{ x: [[0.5], [-0.5]], y: [0.25] }];
  const options = { loss: 'meanSquaredError', optimizer: 'sgd' } as const;
  const seen: { textures: number; tensors: number; bytes: number }[] = [];
  for await (const { step } of network.fit(samples, { ...options, epochs: steps })) {
    if (step === 100 || step === steps) seen.push({ textures: textures(), ...backend.memory() });
  }
  network.dispose();
  const left = backend.memory();
  backend.dispose();
  return { seen, left };
}

/** Collects every context that is created from now on. */
function recordContexts(): Context[] {
  const contexts: Context[] = [];
  const { getContext } = OffscreenCanvas.prototype;
  OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: never) {
    const context = getContext.apply(this, args);
    contexts.push(context as Context);
    return context;
  } as typeof getContext;
  return contexts;
}

/** Counts the WebGL2 textures that are created from now on and not deleted. */
function countTextures(): () => number {
  let count = 0;
  const { prototype } = WebGL2RenderingContext;
  const { createTexture, deleteTexture } = prototype;
  prototype.createTexture = function () {
    count++;
    return createTexture.call(this);
  };
  prototype.deleteTexture = function (texture) {
    if (texture) count--;
    deleteTexture.call(this, texture);
  };
  return () => count;
}

/** Creates and disposes of more backends than a page can have contexts, while one backend stays alive. */
async function oneAfterAnother(mode: Mode, count: number) {
  const backend = await gpujs({ mode });
  const x = backend.upload([1, 2], [2]);
  for (let i = 0; i < count; i++) (await gpujs({ mode })).dispose();
  const y = Array.from(await backend.read(backend.affine(x, 2, 0)));
  backend.dispose();
  return y;
}

/** The error for a mode that this page does not have. */
async function without(mode: Mode) {
  const { getContext } = OffscreenCanvas.prototype;
  OffscreenCanvas.prototype.getContext = () => null;
  const error = await gpujs({ mode }).catch((thrown: Error) => thrown);
  OffscreenCanvas.prototype.getContext = getContext;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'none';
}

export const calls = {
  ...stepCalls,
  ...fusedCalls,
  oldFiles,
  training,
  trainingAsOnGpu,
  loss,
  manySteps,
  oneAfterAnother,
  without,
};
Object.assign(globalThis, { calls });
