/* TensorFlow.js: its layers, on each of its backends. */
import type { NDArray, Shape } from '@recurra/core';
import { threadsOf } from '../format.js';
import { reorderedGates, swapTimeAndBatch } from '../gates.js';
import { webglRenderer, webgpuAdapter } from '../gpu.js';
import type { Host } from '../host.js';
import type { Problem } from '../problem.js';
import { type Cell, flopsOf, taskSize } from '../scenarios.js';
import { Declined, type Opened, type Prepared, type System, tooSlow, trainingSteps } from '../system.js';

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface LayersModel {
  setWeights(weights: readonly TfTensor[]): void;
  getWeights(): TfTensor[];
  compile(options: { optimizer: unknown; loss: string }): void;
  predictOnBatch(x: TfTensor): TfTensor;
  trainOnBatch(x: TfTensor, y: TfTensor): Promise<number>;
  fit(
    x: TfTensor,
    y: TfTensor,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ history: { loss: number[] } }>;
  resetStates(): void;
  dispose(): void;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  backend(): unknown;
  env(): { getAsync(flag: string): Promise<unknown>; set(flag: string, value: unknown): void };
  tensor(data: ArrayLike<number>, shape: Shape): TfTensor;
  sequential(options: { layers: unknown[] }): LayersModel;
  readonly layers: Record<
    'lstm' | 'gru' | 'simpleRNN' | 'dense',
    (options: Readonly<Record<string, unknown>>) => unknown
  >;
  readonly train: { adam(rate: number, beta1: number, beta2: number, epsilon: number): unknown };
}

interface TfWasm {
  setWasmPaths(prefix: string): void;
  setThreadsCount(threads: number): void;
  getThreadsCount(): number;
}

/** One of its backends: what it needs before it is chosen, and what is found when it has been. */
interface TfBackend {
  readonly name: string;
  /** The comparison and three repetitions of more floating-point operations than this take minutes. */
  readonly most: number;
  prepare(tf: Tf, threads: number, host: Host): Promise<void>;
  describe(tf: Tf, threads: number, host: Host): Promise<Pick<Opened, 'executor' | 'gpu'>>;
}

export const tfjsCpu = tfjs({
  name: 'cpu',
  most: 0.2e9,
  prepare: async () => {},
  describe: async () => ({ executor: 'plain JavaScript, 1 thread' }),
});

export const tfjsWasm = tfjs({
  name: 'wasm',
  most: 20e9,
  async prepare(tf, threads, host) {
    const { library, files } = await host.load<TfWasm>('@tensorflow/tfjs-backend-wasm');
    if (files) library.setWasmPaths(files);
    library.setThreadsCount(threads);
    // It would take the build with threads for one thread too.
    if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  },
  async describe(tf, threads, host) {
    const { library } = await host.load<TfWasm>('@tensorflow/tfjs-backend-wasm');
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    const shared = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
    const found = shared ? library.getThreadsCount() : 1;
    if (found !== threads) throw new Declined(`it has ${threadsOf(found)}`);
    return { executor: `WebAssembly${simd ? ' SIMD' : ''}, ${threadsOf(threads)}` };
  },
});

export const tfjsWebgl = tfjs({
  name: 'webgl',
  most: Number.POSITIVE_INFINITY,
  prepare: async () => {},
  async describe(tf) {
    const { gl } = (tf.backend() as { gpgpu: { gl: WebGLRenderingContext } }).gpgpu;
    const gpu = webglRenderer(gl);
    return { executor: `WebGL ${await tf.env().getAsync('WEBGL_VERSION')} on ${gpu.adapter}`, gpu };
  },
});

export const tfjsWebgpu = tfjs({
  name: 'webgpu',
  most: Number.POSITIVE_INFINITY,
  async prepare(_, __, host) {
    await host.load('@tensorflow/tfjs-backend-webgpu');
  },
  async describe(_, __, host) {
    const gpu = await webgpuAdapter(host);
    return { executor: `WebGPU on ${gpu.adapter}`, gpu };
  },
});

function tfjs(backend: TfBackend): System {
  const { name, most } = backend;
  return {
    async open(threads, host) {
      if (name !== 'wasm' && threads !== 1) throw new Declined('it has one thread');
      // It looks for WebGPU when it is loaded.
      if (name === 'webgpu') await host.provideWebgpu();
      const { library: tf, version } = await host.load<Tf>('@tensorflow/tfjs');
      await backend.prepare(tf, threads, host);
      const choose = async () => {
        if (tf.getBackend() !== name) await tf.setBackend(name);
        if (tf.getBackend() !== name) throw new Error(`asked for ${name}, and got ${tf.getBackend()}`);
      };
      await choose();
      return {
        version,
        ...(await backend.describe(tf, threads, host)),
        resume: choose,
        async prepare(problem) {
          const { cell, mode, resetAfter = true } = problem.scenario;
          if (cell === 'gru' && resetAfter) throw new Declined('its GRU has no resetAfter');
          if (mode === 'gradients') throw new Declined('its layers give no gradients out');
          if (flopsOf(problem.scenario) > most) throw new Declined(tooSlow);
          const model = modelOf(tf, problem);
          const prepared = { forward, train, stream, task }[mode](tf, model, problem);
          return { ...prepared, dispose: () => model.dispose() };
        },
      };
    },
  };
}

function modelOf(tf: Tf, { scenario, weights }: Problem): LayersModel {
  const { cell, mode, shape, outputs } = scenario;
  const streaming = mode === 'stream';
  const layer = tf.layers[cell === 'rnn' ? 'simpleRNN' : cell]({
    units: shape.H,
    ...(cell !== 'rnn' && { recurrentActivation: 'sigmoid' }),
    returnSequences: mode !== 'task',
    stateful: streaming,
    // Replaced below; the defaults are slow to draw.
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
    ...(streaming ? { batchInputShape: [1, 1, shape.I] } : { inputShape: [shape.T, shape.I] }),
  });
  const head = outputs ? [tf.layers.dense({ units: outputs })] : [];
  const model = tf.sequential({ layers: [layer, ...head] });
  setWeights(tf, model, reordered(cell, weights));
  return model;
}

/** Its GRU has gates z r n, and Recurra's r z n; the rest is as in Recurra. The same the way back. */
function reordered(cell: Cell, weights: Problem['weights']): Problem['weights'] {
  if (cell !== 'gru') return weights;
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      if (!name.startsWith('0.')) return [name, weight];
      return [name, { ...weight, data: reorderedGates(weight, [1, 0, 2]) }];
    }),
  );
}

function setWeights(tf: Tf, model: LayersModel, weights: Problem['weights']): void {
  const tensors = Object.values(weights).map(({ data, shape }) => tf.tensor(data, shape));
  model.setWeights(tensors);
  for (const tensor of tensors) tensor.dispose();
}

function batchMajor({ data, shape }: NDArray): NDArray {
  const [T, B, width] = shape;
  return { data: B === 1 ? data : swapTimeAndBatch(data, shape), shape: [B, T, width] };
}

function compile(tf: Tf, model: LayersModel): void {
  model.compile({ optimizer: tf.train.adam(0.001, 0.9, 0.999, 1e-8), loss: 'meanSquaredError' });
}

/** The output of a batch, on the host. */
async function predict(model: LayersModel, x: TfTensor): Promise<Float32Array> {
  const y = model.predictOnBatch(x);
  const data = await y.data();
  y.dispose();
  x.dispose();
  return data;
}

function forward(tf: Tf, model: LayersModel, { scenario, x }: Problem): Prepared {
  const { T, B, H } = scenario.shape;
  const { data, shape } = batchMajor(x);
  const step = () => predict(model, tf.tensor(data, shape));
  const width = scenario.outputs ?? H;
  return { step, outputs: async () => ({ y: swapTimeAndBatch(await step(), [B, T, width]) }) };
}

function train(tf: Tf, model: LayersModel, { scenario, weights, x, target }: Problem): Prepared {
  compile(tf, model);
  const batches = [x, target].map(batchMajor);
  const step = async () => {
    // As in Recurra, the batch comes from the host.
    const [batch, wanted] = batches.map(({ data, shape }) => tf.tensor(data, shape));
    const loss = await model.trainOnBatch(batch, wanted);
    batch.dispose();
    wanted.dispose();
    return loss;
  };
  return {
    step,
    async outputs() {
      const losses: number[] = [];
      for (let i = 0; i < trainingSteps; i++) losses.push(await step());
      const trained = model.getWeights();
      const changed = await Promise.all(
        Object.entries(weights).map(async ([name, { shape }], i) => {
          return [name, { data: await trained[i].data(), shape }] as const;
        }),
      );
      const back = Object.entries(reordered(scenario.cell, Object.fromEntries(changed)));
      return { losses, ...Object.fromEntries(back.map(([name, { data }]) => [name, data])) };
    },
  };
}

function stream(tf: Tf, model: LayersModel, { x }: Problem): Prepared {
  const [frames, , I] = x.shape;
  let t = 0;
  const step = () => {
    const frame = x.data.subarray((t % frames) * I, ((t % frames) + 1) * I);
    t++;
    return predict(model, tf.tensor(frame, [1, 1, I]));
  };
  return {
    step,
    async outputs() {
      const y: number[] = [];
      for (let at = 0; at < frames; at++) y.push(...(await step()));
      return { y };
    },
  };
}

/** Every repetition trains from the same weights. */
function task(tf: Tf, model: LayersModel, { scenario, weights, x, target }: Problem): Prepared {
  const [samples, wanted] = [x, target].map(({ data, shape }) => tf.tensor(data, shape));
  const step = async () => {
    setWeights(tf, model, reordered(scenario.cell, weights));
    compile(tf, model);
    const { history } = await model.fit(samples, wanted, {
      epochs: taskSize.epochs,
      batchSize: scenario.shape.B,
      shuffle: false,
      verbose: 0,
    });
    return history.loss;
  };
  return { step, outputs: async () => ({ losses: await step() }) };
}
