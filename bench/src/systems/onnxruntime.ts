/* onnxruntime: in WebAssembly, as it runs in a page, and native. */
import { threadsOf } from '../format.js';
import { onnxModel } from '../onnx-model.js';
import { type Problem, problemOf } from '../problem.js';
import type { Scenario } from '../scenarios.js';
import { Declined, type Prepared, type System } from '../system.js';

type Feeds = Record<string, OrtTensor>;

interface OrtTensor {
  readonly data: Float32Array;
}

interface Session {
  run(feeds: Feeds, fetches?: readonly string[]): Promise<Feeds>;
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
  await (await ort.InferenceSession.create(onnxModel(problemOf(smallest)), {})).release();
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
          const { mode, outputs } = problem.scenario;
          if (mode !== 'forward' && mode !== 'stream') throw new Declined('it does not train');
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
