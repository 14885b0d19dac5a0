/* TensorFlow.js: its layers, on each of its backends. */
import type { Shape } from '@recurra/core';
import { threadsOf } from '../format.js';
import { webglRenderer, webgpuAdapter } from '../gpu.js';
import { reorderGates, swapAxes } from '../layouts.js';
import type { Float32NDArray, Problem } from '../problem.js';
import { type Cell, flopsOf, taskSize } from '../scenarios.js';
import {
  Declined,
  type Description,
  type Host,
  type Prepared,
  prepareStream,
  requireOneThread,
  type System,
  tooSlow,
  trainingSteps,
} from '../system.js';

type Options = Readonly<Record<string, unknown>>;

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
  fit(x: TfTensor, y: TfTensor, options: Options): Promise<{ history: { loss: number[] } }>;
  dispose(): void;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  backend(): unknown;
  env(): { getAsync(flag: string): Promise<unknown>; set(flag: string, value: unknown): void };
  tensor(data: ArrayLike<number>, shape: Shape): TfTensor;
  sequential(options: { layers: unknown[] }): LayersModel;
  readonly layers: Record<'lstm' | 'gru' | 'simpleRNN' | 'dense', (options: Options) => unknown>;
  readonly train: { adam(rate: number, beta1: number, beta2: number, epsilon: number): unknown };
}

interface TfWasm {
  setWasmPaths(prefix: string): void;
  setThreadsCount(threads: number): void;
  getThreadsCount(): number;
}

/** One of its backends. */
interface TfBackend {
  readonly name: string;
  /** Declines scenarios of more floating-point operations than this: a comparison and three repetitions would take minutes. */
  readonly mostFlops?: number;
  /** Setup before the backend is selected. */
  prepare?(tf: Tf, threads: number, host: Host): Promise<void>;
  /** Describes the configuration that runs, once the backend is selected. */
  describe(tf: Tf, threads: number, host: Host): Promise<Pick<Description, 'executor' | 'gpu'>>;
}

export const tfjsCpu = tfjs({
  name: 'cpu',
  mostFlops: 0.2e9,
  describe: async () => ({ executor: 'plain JavaScript, 1 thread' }),
});

export const tfjsWasm = tfjs({
  name: 'wasm',
  mostFlops: 20e9,
  async prepare(tf, threads, host) {
    const { library, files } = await host.load<TfWasm>('@tensorflow/tfjs-backend-wasm');
    if (files) library.setWasmPaths(files);
    library.setThreadsCount(threads);
    // Without this it uses the multi-threaded build even for one thread.
    if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  },
  async describe(tf, threads, host) {
    const { library } = await host.load<TfWasm>('@tensorflow/tfjs-backend-wasm');
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    const shared = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
    const actual = shared ? library.getThreadsCount() : 1;
    if (actual !== threads) throw new Declined(`it has ${threadsOf(actual)}`);
    return { executor: `WebAssembly${simd ? ' SIMD' : ''}, ${threadsOf(threads)}` };
  },
});

export const tfjsWebgl = tfjs({
  name: 'webgl',
  async describe(tf) {
    const gpu = webglRenderer((tf.backend() as { gpgpu: { gl: WebGLRenderingContext } }).gpgpu.gl);
    return { executor: `WebGL ${await tf.env().getAsync('WEBGL_VERSION')} on ${gpu.adapter}`, gpu };
  },
});

export const tfjsWebgpu = tfjs({
  name: 'webgpu',
  async prepare(_, __, host) {
    await host.load('@tensorflow/tfjs-backend-webgpu');
  },
  async describe(_, __, host) {
    const gpu = await webgpuAdapter(host);
    return { executor: `WebGPU on ${gpu.adapter}`, gpu };
  },
});

function tfjs({ name, mostFlops = Number.POSITIVE_INFINITY, prepare, describe }: TfBackend): System {
  return {
    async open(threads, host) {
      if (name !== 'wasm') requireOneThread(threads);
      // TensorFlow.js looks for WebGPU when it is imported.
      if (name === 'webgpu') await host.provideWebgpu();
      const { library: tf, version } = await host.load<Tf>('@tensorflow/tfjs');
      await prepare?.(tf, threads, host);
      const choose = async () => {
        if (tf.getBackend() !== name) await tf.setBackend(name);
        if (tf.getBackend() !== name) throw new Error(`requested ${name}, but got ${tf.getBackend()}`);
      };
      await choose();
      return {
        version,
        ...(await describe(tf, threads, host)),
        resume: choose,
        async prepare(problem) {
          const { cell, mode, resetAfter = true } = problem.scenario;
          if (cell === 'gru' && resetAfter) throw new Declined('its GRU has no resetAfter');
          if (mode === 'gradients') throw new Declined('its layers do not return gradients');
          if (flopsOf(problem.scenario) > mostFlops) throw new Declined(tooSlow);
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
  if (cell === 'minGru') throw new Declined('it has no minGRU');
  const layer = tf.layers[cell === 'rnn' ? 'simpleRNN' : cell]({
    units: shape.H,
    ...(cell !== 'rnn' && { recurrentActivation: 'sigmoid' }),
    returnSequences: mode !== 'task',
    stateful: streaming,
    // The weights are set below; the default initializers are slow.
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
    ...(streaming ? { batchInputShape: [1, 1, shape.I] } : { inputShape: [shape.T, shape.I] }),
  });
  const head = outputs ? [tf.layers.dense({ units: outputs })] : [];
  const model = tf.sequential({ layers: [layer, ...head] });
  setWeights(tf, model, reordered(cell, weights));
  return model;
}

/** From Recurra's gates to those of TensorFlow.js, and back. Only the GRU's differ: z r n, where Recurra has r z n. */
function reordered(cell: Cell, weights: Problem['weights']): Problem['weights'] {
  if (cell !== 'gru') return weights;
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      if (!name.startsWith('0.')) return [name, weight];
      return [name, { ...weight, data: reorderGates(weight, [1, 0, 2]) }];
    }),
  );
}

function setWeights(tf: Tf, model: LayersModel, weights: Problem['weights']): void {
  const tensors = Object.values(weights).map(({ data, shape }) => tf.tensor(data, shape));
  model.setWeights(tensors);
  for (const tensor of tensors) tensor.dispose();
}

function batchMajor({ data, shape }: Float32NDArray): Float32NDArray {
  const [T, B, width] = shape;
  return { data: swapAxes(data, shape), shape: [B, T, width] };
}

function compile(tf: Tf, model: LayersModel): void {
  model.compile({ optimizer: tf.train.adam(0.001, 0.9, 0.999, 1e-8), loss: 'meanSquaredError' });
}

/** The output for a batch, on the host. Disposes x. */
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
  return { step, outputs: async () => ({ y: swapAxes(await step(), [B, T, scenario.outputs ?? H]) }) };
}

function train(tf: Tf, model: LayersModel, { scenario, weights, x, target }: Problem): Prepared {
  compile(tf, model);
  const arrays = [x, target].map(batchMajor);
  const step = async () => {
    // As with Recurra, each step sends the batch from the host.
    const [input, output] = arrays.map(({ data, shape }) => tf.tensor(data, shape));
    const loss = await model.trainOnBatch(input, output);
    input.dispose();
    output.dispose();
    return loss;
  };
  return {
    step,
    async outputs() {
      const losses: number[] = [];
      for (let i = 0; i < trainingSteps; i++) losses.push(await step());
      const trained = model.getWeights();
      const changed: Record<string, Float32NDArray> = {};
      for (const [i, [name, { shape }]] of Object.entries(weights).entries())
        changed[name] = { data: await trained[i].data(), shape };
      const named = Object.entries(reordered(scenario.cell, changed));
      return { losses, ...Object.fromEntries(named.map(([name, { data }]) => [name, data])) };
    },
  };
}

function stream(tf: Tf, model: LayersModel, problem: Problem): Prepared {
  const { I } = problem.scenario.shape;
  return prepareStream(problem, (frame) => predict(model, tf.tensor(frame, [1, 1, I])));
}

/** Each repetition trains from the same weights. */
function task(tf: Tf, model: LayersModel, { scenario, weights, x, target }: Problem): Prepared {
  const [samples, targets] = [x, target].map(({ data, shape }) => tf.tensor(data, shape));
  const step = async () => {
    setWeights(tf, model, reordered(scenario.cell, weights));
    compile(tf, model);
    const { history } = await model.fit(samples, targets, {
      epochs: taskSize.epochs,
      batchSize: scenario.shape.B,
      shuffle: false,
      verbose: 0,
    });
    return { losses: history.loss };
  };
  return { step, outputs: step };
}
