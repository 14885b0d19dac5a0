/* ONNX Runtime, in WebAssembly and native. It runs the model that `writeOnnx` makes of Recurra's network. */
import { reference } from '@recurra/backend-reference';
import { writeOnnx } from '@recurra/interop';
import { threadsOf } from '../format.js';
import { swapTimeAndBatch } from '../gates.js';
import { networkOf } from '../network.js';
import { type Problem, problemOf } from '../problem.js';
import type { Scenario } from '../scenarios.js';
import { Declined, type Prepared, type System } from '../system.js';

type Feeds = Record<string, OrtTensor>;

interface OrtTensor {
  readonly data: Float32Array;
}

interface Session {
  run(feeds: Feeds): Promise<Feeds>;
  release(): Promise<void>;
}

interface Ort {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: string } };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
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
  await (await ort.InferenceSession.create(await onnxModel(problemOf(smallest)), {})).release();
  if (ort.env.wasm.numThreads !== threads) throw new Declined(`it has ${ort.env.wasm.numThreads} threads`);
  return { executor: `WebAssembly SIMD, ${threadsOf(threads)}`, options: { executionProviders: ['wasm'] } };
});

export const onnxruntimeNode = onnxruntime('onnxruntime-node', async (_, threads) => ({
  executor: `native, ${threadsOf(threads)}`,
  options: { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 },
}));

function onnxruntime(
  name: string,
  start: (
    ort: Ort,
    threads: number,
  ) => Promise<{ executor: string; options: Readonly<Record<string, unknown>> }>,
): System {
  return {
    async open(threads, host) {
      const { library: ort, version, files } = await host.load<Ort>(name);
      if (files) ort.env.wasm.wasmPaths = files;
      const { executor, options } = await start(ort, threads);
      return {
        version,
        executor,
        async prepare(problem) {
          const { mode } = problem.scenario;
          if (mode !== 'forward' && mode !== 'stream') throw new Declined('it does not train');
          const session = await ort.InferenceSession.create(await onnxModel(problem), options);
          return { forward, stream }[mode](ort, session, problem);
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
  const batch = swapTimeAndBatch(x.data, x.shape);
  const step = async () => {
    const { output } = await session.run({ input: new ort.Tensor('float32', batch, [B, T, I]) });
    return output.data;
  };
  const outputs = async () => ({ y: swapTimeAndBatch(await step(), [B, T, scenario.outputs ?? H]) });
  return { step, outputs, dispose: () => void session.release() };
}

function stream(ort: Ort, session: Session, { scenario, x }: Problem): Prepared {
  const [frames, , I] = x.shape;
  const { H } = scenario.shape;
  const states = scenario.cell === 'lstm' ? [0, 1] : [0];
  const zeros = states.map((i) => [`0.initial.${i}`, new ort.Tensor('float32', new Float32Array(H), [1, H])]);
  let initial: Feeds = Object.fromEntries(zeros);
  let t = 0;
  const step = async () => {
    const frame = (x.data as Float32Array).subarray((t % frames) * I, ((t % frames) + 1) * I);
    t++;
    const results = await session.run({ input: new ort.Tensor('float32', frame, [1, 1, I]), ...initial });
    initial = Object.fromEntries(states.map((i) => [`0.initial.${i}`, results[`0.state.${i}`]]));
    return results.output.data;
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
