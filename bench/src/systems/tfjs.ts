/* TensorFlow.js: its layers, on its plain JavaScript and its WebAssembly backends. */
import type { Shape } from '@recurra/core';
import { swapTimeAndBatch } from '../gates.js';
import { loadPeer } from '../peers.js';
import type { Problem } from '../problem.js';
import { flopsOf, taskSize } from '../scenarios.js';
import { type Arrays, Declined, type Prepared, type System, tooSlow, trainingSteps } from '../system.js';

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
  env(): { getAsync(flag: string): Promise<unknown> };
  tensor(data: ArrayLike<number>, shape: Shape): TfTensor;
  sequential(options: { layers: unknown[] }): LayersModel;
  readonly layers: Record<
    'lstm' | 'simpleRNN' | 'dense',
    (options: Readonly<Record<string, unknown>>) => unknown
  >;
  readonly train: { adam(rate: number, beta1: number, beta2: number, epsilon: number): unknown };
}

/** The comparison and three repetitions of more floating-point operations than this take minutes. */
const most = { cpu: 0.2e9, wasm: 20e9 };

export const tfjsCpu = tfjs('cpu');
export const tfjsWasm = tfjs('wasm');

function tfjs(backend: 'cpu' | 'wasm'): System {
  return {
    async open(threads) {
      if (threads !== 1) throw new Declined('it has one thread in Node');
      const { library: tf, version } = await loadPeer<Tf>('@tensorflow/tfjs');
      if (backend === 'wasm') await loadPeer('@tensorflow/tfjs-backend-wasm');
      await tf.setBackend(backend);
      if (tf.getBackend() !== backend) throw new Error(`asked for ${backend}, and got ${tf.getBackend()}`);
      const simd = backend === 'wasm' && (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));
      return {
        version,
        executor:
          backend === 'cpu' ? 'plain JavaScript, 1 thread' : `WebAssembly${simd ? ' SIMD' : ''}, 1 thread`,
        async prepare(problem) {
          const { cell, mode } = problem.scenario;
          if (cell === 'gru') throw new Declined('its GRU has no resetAfter');
          if (mode === 'gradients') throw new Declined('its layers give no gradients out');
          if (flopsOf(problem.scenario) > most[backend]) throw new Declined(tooSlow);
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
  const layer = tf.layers[cell === 'lstm' ? 'lstm' : 'simpleRNN']({
    units: shape.H,
    ...(cell === 'lstm' && { recurrentActivation: 'sigmoid' }),
    returnSequences: mode !== 'task',
    stateful: streaming,
    // Replaced below; the defaults are slow to draw.
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
    ...(streaming ? { batchInputShape: [1, 1, shape.I] } : { inputShape: [shape.T, shape.I] }),
  });
  const head = outputs ? [tf.layers.dense({ units: outputs })] : [];
  const model = tf.sequential({ layers: [layer, ...head] });
  setWeights(tf, model, weights);
  return model;
}

/** They are in Recurra's order and layout. */
function setWeights(tf: Tf, model: LayersModel, weights: Problem['weights']): void {
  const tensors = Object.values(weights).map(({ data, shape }) => tf.tensor(data, shape));
  model.setWeights(tensors);
  for (const tensor of tensors) tensor.dispose();
}

function batchMajor(tf: Tf, { data, shape }: Problem['x']): TfTensor {
  const [T, B, width] = shape;
  return tf.tensor(B === 1 ? data : swapTimeAndBatch(data, shape), [B, T, width]);
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
  const [, , I] = x.shape;
  const turned = B === 1 ? x.data : swapTimeAndBatch(x.data, x.shape);
  const step = () => predict(model, tf.tensor(turned, [B, T, I]));
  const width = scenario.outputs ?? H;
  return { step, outputs: async () => ({ y: swapTimeAndBatch(await step(), [B, T, width]) }) };
}

function train(tf: Tf, model: LayersModel, { weights, x, target }: Problem): Prepared {
  compile(tf, model);
  const [batch, wanted] = [batchMajor(tf, x), batchMajor(tf, target)];
  const step = () => model.trainOnBatch(batch, wanted);
  return {
    step,
    async outputs() {
      const losses: number[] = [];
      for (let i = 0; i < trainingSteps; i++) losses.push(await step());
      const trained = model.getWeights();
      const names = Object.keys(weights);
      const changed: Arrays = Object.fromEntries(
        await Promise.all(names.map(async (name, i) => [name, await trained[i].data()] as const)),
      );
      return { losses, ...changed };
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
    setWeights(tf, model, weights);
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
