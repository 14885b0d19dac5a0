/* onnxruntime: in WebAssembly and on WebGPU, as it runs in a page, and native. */
import { threadsOf } from '../format.js';
import { webgpuAdapter } from '../gpu.js';
import type { Host } from '../host.js';
import { onnxModel } from '../onnx-model.js';
import { type Problem, problemOf } from '../problem.js';
import type { Scenario } from '../scenarios.js';
import { Declined, type Opened, type Prepared, type System } from '../system.js';

type Feeds = Record<string, OrtTensor>;

interface OrtTensor {
  readonly data: Float32Array;
  dispose(): void;
}

interface Session {
  run(feeds: Feeds, fetches?: readonly string[]): Promise<Feeds>;
  release(): Promise<void>;
}

interface Ort {
  readonly env: {
    readonly wasm: { numThreads?: number; wasmPaths?: string };
    readonly webgpu: { powerPreference?: 'high-performance' };
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

/** A way to run it: what it computes on, and the options of its sessions. */
interface Executor extends Pick<Opened, 'executor' | 'gpu'> {
  readonly options: Readonly<Record<string, unknown>>;
  /** It has no kernel for ONNX's RNN. */
  readonly lacksRnn?: true;
}

const smallest: Scenario = {
  name: 'smallest',
  cell: 'rnn',
  mode: 'forward',
  shape: { T: 1, B: 1, I: 1, H: 1 },
};

export const onnxruntimeWeb = onnxruntime('onnxruntime-web', async (ort, threads) => {
  ort.env.wasm.numThreads = threads;
  // The threads are made with the first session, and a runtime that cannot have them changes the number.
  await (await ort.InferenceSession.create(onnxModel(problemOf(smallest)), {})).release();
  if (ort.env.wasm.numThreads !== threads) throw new Declined(`it has ${ort.env.wasm.numThreads} threads`);
  return { executor: `WebAssembly SIMD, ${threadsOf(threads)}`, options: { executionProviders: ['wasm'] } };
});

export const onnxruntimeWebgpu = onnxruntime('onnxruntime-web/webgpu', async (ort, threads, host) => {
  if (threads !== 1) throw new Declined('it has one thread');
  const gpu = await webgpuAdapter(host);
  ort.env.wasm.numThreads = 1;
  ort.env.webgpu.powerPreference = 'high-performance';
  const options = {
    executionProviders: ['webgpu'],
    // States stay on the GPU from one frame of a stream to the next.
    preferredOutputLocation: { Y: 'cpu', "h'": 'gpu-buffer', "c'": 'gpu-buffer' },
    // Otherwise nodes without a kernel would run in WebAssembly unnoticed.
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  };
  return { executor: `WebGPU on ${gpu.adapter}`, gpu, options, lacksRnn: true };
});

export const onnxruntimeNode = onnxruntime('onnxruntime-node', async (_, threads) => ({
  executor: `native, ${threadsOf(threads)}`,
  options: { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 },
}));

function onnxruntime(
  name: string,
  start: (ort: Ort, threads: number, host: Host) => Promise<Executor>,
): System {
  return {
    async open(threads, host) {
      const { library: ort, version, files } = await host.load<Ort>(name);
      if (files) ort.env.wasm.wasmPaths = files;
      const { options, lacksRnn, ...found } = await start(ort, threads, host);
      return {
        version,
        ...found,
        async prepare(problem) {
          const { cell, mode, outputs } = problem.scenario;
          if (mode !== 'forward' && mode !== 'stream') throw new Declined('it does not train');
          if (cell === 'rnn' && lacksRnn) throw new Declined('it has no RNN on WebGPU');
          if (outputs) throw new Declined('only the recurrent layer by itself');
          const session = await ort.InferenceSession.create(onnxModel(problem), options);
          return { forward, stream }[mode](ort, session, problem);
        },
      };
    },
  };
}

function forward(ort: Ort, session: Session, { scenario, x }: Problem): Prepared {
  const state = zeroState(ort, scenario);
  const step = async () => {
    const X = new ort.Tensor('float32', x.data as Float32Array, x.shape);
    const { Y } = await session.run({ X, ...state }, ['Y']);
    return Y.data;
  };
  return { step, outputs: async () => ({ y: await step() }), dispose: () => void session.release() };
}

function stream(ort: Ort, session: Session, { scenario, x }: Problem): Prepared {
  const [frames, , I] = x.shape;
  let state = zeroState(ort, scenario);
  let t = 0;
  const step = async () => {
    const frame = (x.data as Float32Array).subarray((t % frames) * I, ((t % frames) + 1) * I);
    t++;
    const found = await session.run({ X: new ort.Tensor('float32', frame, [1, 1, I]), ...state });
    for (const tensor of Object.values(state)) tensor.dispose();
    state = Object.fromEntries(Object.keys(state).map((name) => [name, found[`${name}'`]]));
    return found.Y.data;
  };
  return {
    step,
    async outputs() {
      const y: number[] = [];
      for (let at = 0; at < frames; at++) y.push(...(await step()));
      return { y };
    },
    dispose: () => void session.release(),
  };
}

function zeroState(ort: Ort, { cell, shape: { B, H } }: Problem['scenario']): Feeds {
  const zeros = () => new ort.Tensor('float32', new Float32Array(B * H), [1, B, H]);
  return cell === 'lstm' ? { h: zeros(), c: zeros() } : { h: zeros() };
}
