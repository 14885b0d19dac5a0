/* Recurra itself, through its public interface, on any of its backends. */
import {
  adam,
  type Backend,
  type Network,
  Optimizer,
  resolveLoss,
  type Tape,
  type Tensor,
} from '@recurra/core';
import { networkOf } from '../network.js';
import type { Problem } from '../problem.js';
import { taskSize } from '../scenarios.js';
import {
  type Arrays,
  type Equations,
  type Gpu,
  type Opened,
  type Prepared,
  trainingSteps,
} from '../system.js';

/** What runs on one of its backends, and how. */
export interface Way {
  /** Of the backend's package. */
  readonly version: string;
  /** Default: true. */
  readonly fused?: boolean;
  readonly gpu?: Gpu;
  readonly peaks?: Opened['peaks'];
  readonly resume?: Opened['resume'];
}

/** Recurra on one of its backends. Every layer runs as was asked: fused, or composed from the ground floor. */
export function openedOn(backend: Backend, { version, fused = true, gpu, peaks, resume }: Way): Opened {
  return {
    version,
    executor: `${backend.device}, ${fused ? 'fused' : 'composed'}`,
    gpu,
    peaks,
    resume,
    prepare: async (problem) => {
      checkKernels(backend, problem, fused);
      return prepareOn(backend, problem, { fused });
    },
  };
}

/** A scenario on any backend. The float64 reference gives what all others are compared with. */
export function prepareOn(
  backend: Backend,
  problem: Problem,
  options: { fused?: boolean; equations?: Equations } = {},
): Prepared {
  const network = networkOf(backend, problem, options);
  const prepared = { forward, gradients, train, stream, task }[problem.scenario.mode](network, problem);
  return {
    ...prepared,
    dispose() {
      prepared.dispose?.();
      network.dispose();
    },
  };
}

/** @throws Error where a layer does not run as was asked */
function checkKernels(backend: Backend, problem: Problem, fused: boolean): void {
  const network = networkOf(backend, problem, { fused });
  const wanted = fused ? 'fused' : 'composed';
  for (const { layer, way, reason } of network.explain())
    if (way !== wanted) throw new Error(`${layer} ran ${way}, not ${wanted}: ${reason}`);
  network.dispose();
}

/** Runs `body` on a tape of its own. */
async function taped<T>(network: Network, body: (tape: Tape) => Promise<T>): Promise<T> {
  const tape = network.tape();
  try {
    return await body(tape);
  } finally {
    tape.dispose();
  }
}

function forward(network: Network, { x, scenario }: Problem): Prepared {
  const { T, B, H } = scenario.shape;
  const step = () =>
    taped(network, async (tape) => {
      const { output } = network.forward(tape, { value: tape.constant(x.data, x.shape) });
      return network.backend.read(output.value);
    });
  const outputs = async () => {
    const y = await step();
    return { y, last: y.slice((T - 1) * B * (scenario.outputs ?? H)) };
  };
  return { step, outputs };
}

function gradients(network: Network, { x, target }: Problem): Prepared {
  const { backend, parameters } = network;
  let bytes = 0;
  const run = async (read: (tensors: Record<string, Tensor>) => Promise<Arrays>) =>
    taped(network, async (tape) => {
      const value = tape.watch(tape.constant(x.data, x.shape));
      for (const parameter of parameters.values()) tape.watch(parameter);
      const { output } = network.forward(tape, { value });
      const dy = tape.constant(target.data, target.shape);
      const found = tape.gradients([[output.value, dy]], [value, ...parameters.values()]);
      bytes = backend.memory().bytes;
      const names = ['x', ...parameters.keys()];
      return read({ y: output.value, ...Object.fromEntries(names.map((name, i) => [name, found[i]])) });
    });
  return {
    // All of it is ready once one of it can be read.
    step: () => run(async ({ '0.bias': bias }) => ({ bias: await backend.read(bias) })),
    outputs: () => run((tensors) => readAll(backend, tensors)),
    bytes: () => bytes,
  };
}

function train(network: Network, problem: Problem): Prepared {
  const { x, target } = problem;
  const { backend, parameters } = network;
  const optimizer = new Optimizer(adam(), backend);
  const { compute } = resolveLoss('meanSquaredError');
  const [T, B, O] = target.shape;
  const wanted = {
    targets: Float64Array.from(target.data),
    shape: [T * B, O],
    weights: new Float64Array(T * B).fill(1),
  };
  const step = () =>
    taped(network, async (tape) => {
      for (const parameter of parameters.values()) tape.watch(parameter);
      const { output } = network.forward(
        tape,
        { value: tape.constant(x.data, x.shape) },
        { training: true, step: optimizer.step },
      );
      const rows = tape.reshape(output.value, [T * B, O]);
      const mean = compute(tape, { rows }, wanted);
      const found = tape.gradients([[mean, 1]], [...parameters.values()]);
      const byName = new Map([...parameters.keys()].map((name, i) => [name, found[i]]));
      optimizer.apply(tape, parameters, byName);
      return backend.read(mean);
    });
  return {
    step,
    async outputs() {
      const { last } = await forward(network, problem).outputs();
      const losses: number[] = [];
      for (let i = 0; i < trainingSteps; i++) losses.push((await step())[0]);
      return { last, losses, ...(await readAll(backend, Object.fromEntries(parameters))) };
    },
    dispose: () => optimizer.dispose(),
  };
}

function stream(network: Network, { x }: Problem): Prepared {
  const [frames, , I] = x.shape;
  const stream = network.stream();
  const frame = (t: number) => x.data.subarray((t % frames) * I, ((t % frames) + 1) * I);
  let t = 0;
  return {
    step: () => stream.push(frame(t++)),
    async outputs() {
      const y: number[] = [];
      for (let at = 0; at < frames; at++) y.push(...(await stream.push(frame(at))));
      return { y };
    },
    dispose: () => stream.close(),
  };
}

/** Every repetition trains a network from the same weights. */
function task(network: Network, { scenario, weights, x, target }: Problem): Prepared {
  const { T, B, I } = scenario.shape;
  const samples = Array.from({ length: taskSize.samples }, (_, n) => ({
    x: { data: x.data.slice(n * T * I, (n + 1) * T * I), shape: [T, I] },
    y: [target.data[n]],
  }));
  const step = async () => {
    network.setWeights(weights);
    const run = network.fit(samples, {
      loss: 'meanSquaredError',
      optimizer: adam(),
      epochs: taskSize.epochs,
      batchSize: B,
      shuffle: false,
    });
    return run.done;
  };
  return { step, outputs: async () => ({ losses: (await step()).epochs.map((epoch) => epoch.loss) }) };
}

async function readAll(backend: Backend, tensors: Readonly<Record<string, Tensor>>): Promise<Arrays> {
  const read = async ([name, tensor]: [string, Tensor]) => [name, await backend.read(tensor)] as const;
  return Object.fromEntries(await Promise.all(Object.entries(tensors).map(read)));
}
