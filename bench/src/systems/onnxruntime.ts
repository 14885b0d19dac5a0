/*
 * ONNX Runtime, in WebAssembly, on WebGPU and native. It runs the model that `writeOnnx` exports from
 * Recurra's network.
 */
import { reference } from '@recurra/backend-reference';
import { writeOnnx } from '@recurra/interop';
import { threadsOf } from '../format.js';
import { webgpuAdapter } from '../gpu.js';
import { swapAxes } from '../layouts.js';
import { networkOf } from '../network.js';
import { type Problem, problemOf } from '../problem.js';
import {
  Declined,
  type Description,
  type Host,
  type Prepared,
  prepareStream,
  requireOneThread,
  type System,
} from '../system.js';

type Tensors = Record<string, OrtTensor>;

interface OrtTensor {
  readonly data: Float32Array;
  dispose(): void;
}

interface Session {
  run(inputs: Tensors): Promise<Tensors>;
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

interface Started extends Pick<Description, 'executor' | 'gpu'> {
  /** Options of a session. */
  readonly options: Readonly<Record<string, unknown>>;
  /** True if it has no kernel for ONNX's RNN. */
  readonly lacksRnn?: true;
}

export const onnxruntimeWeb = onnxruntime('onnxruntime-web', async (ort, threads) => {
  ort.env.wasm.numThreads = threads;
  // The first session starts the threads, and changes their number if it cannot.
  const shape = { T: 1, B: 1, I: 1, H: 1 };
  const model = await onnxModel(problemOf({ name: 'smallest', cell: 'rnn', mode: 'forward', shape }));
  await (await ort.InferenceSession.create(model, {})).release();
  if (ort.env.wasm.numThreads !== threads) throw new Declined(`it has ${ort.env.wasm.numThreads} threads`);
  return { executor: `WebAssembly SIMD, ${threadsOf(threads)}`, options: { executionProviders: ['wasm'] } };
});

export const onnxruntimeWebgpu = onnxruntime('onnxruntime-web/webgpu', async (ort, threads, host) => {
  requireOneThread(threads);
  const gpu = await webgpuAdapter(host);
  ort.env.wasm.numThreads = 1;
  ort.env.webgpu.powerPreference = 'high-performance';
  const options = {
    executionProviders: ['webgpu'],
    // The states stay on the GPU from one frame of a stream to the next.
    preferredOutputLocation: { output: 'cpu', '0.state.0': 'gpu-buffer', '0.state.1': 'gpu-buffer' },
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
  start: (ort: Ort, threads: number, host: Host) => Promise<Started>,
): System {
  return {
    async open(threads, host) {
      const { library: ort, version, files } = await host.load<Ort>(name);
      if (files) ort.env.wasm.wasmPaths = files;
      const { options, lacksRnn, ...description } = await start(ort, threads, host);
      return {
        version,
        ...description,
        async prepare(problem) {
          const { cell, mode } = problem.scenario;
          if (mode !== 'forward' && mode !== 'stream') throw new Declined('it does not train');
          if (cell === 'rnn' && lacksRnn) throw new Declined('it has no RNN on WebGPU');
          const session = await ort.InferenceSession.create(await onnxModel(problem), options);
          const prepared = { forward, stream }[mode](ort, session, problem);
          return { ...prepared, dispose: () => void session.release() };
        },
      };
    },
  };
}

async function onnxModel(problem: Problem): Promise<Uint8Array> {
  const network = networkOf(await reference(), problem, { stateful: problem.scenario.mode === 'stream' });
  const model = await writeOnnx(network);
  network.backend.dispose();
  return model;
}

function forward(ort: Ort, session: Session, { scenario, x }: Problem): Prepared {
  const { T, B, I, H } = scenario.shape;
  const batch = swapAxes(x.data, x.shape);
  const step = async () => {
    const { output } = await session.run({ input: new ort.Tensor('float32', batch, [B, T, I]) });
    return output.data;
  };
  return { step, outputs: async () => ({ y: swapAxes(await step(), [B, T, scenario.outputs ?? H]) }) };
}

function stream(ort: Ort, session: Session, problem: Problem): Prepared {
  const { I, H } = problem.scenario.shape;
  const states = problem.scenario.cell === 'lstm' ? [0, 1] : [0];
  const zeros = states.map((i) => [`0.initial.${i}`, new ort.Tensor('float32', new Float32Array(H), [1, H])]);
  let initial: Tensors = Object.fromEntries(zeros);
  return prepareStream(problem, async (frame) => {
    const results = await session.run({ input: new ort.Tensor('float32', frame, [1, 1, I]), ...initial });
    for (const tensor of Object.values(initial)) tensor.dispose();
    initial = Object.fromEntries(states.map((i) => [`0.initial.${i}`, results[`0.state.${i}`]]));
    return results.output.data;
  });
}
