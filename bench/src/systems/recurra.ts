/* Recurra, through its public interface, on any of its backends. */
import {
  adam,
  type Backend,
  type Network,
  Optimizer,
  resolveLoss,
  type Tape,
  type Tensor,
} from '@recurra/core';
import { type NetworkOptions, networkOf } from '../network.js';
import type { Problem } from '../problem.js';
import { taskSize } from '../scenarios.js';
import { type Arrays, type Opened, type Prepared, prepareStream, trainingSteps } from '../system.js';

interface OpenedOptions extends Pick<Opened, 'version' | 'gpu' | 'peaks'> {
  /** Default: true. */
  readonly fused?: boolean;
}

/**
 * Recurra on a backend. Preparing a problem fails unless every layer runs as requested: fused, or composed.
 */
export function openedOn(backend: Backend, { fused = true, ...description }: OpenedOptions): Opened {
  return {
    ...description,
    executor: `${backend.device}, ${fused ? 'fused' : 'composed'}`,
    async prepare(problem) {
      checkKernels(backend, problem, fused);
      return prepareOn(backend, problem, { fused });
    },
  };
}

/** @throws Error if a layer does not run as requested */
function checkKernels(backend: Backend, problem: Problem, fused: boolean): void {
  const network = networkOf(backend, problem, { fused });
  const expected = fused ? 'fused' : 'composed';
  for (const { layer, implementation, reason } of network.explain())
    if (implementation !== expected)
      throw new Error(`${layer} ran ${implementation}, not ${expected}: ${reason}`);
  network.dispose();
}

/** A problem on any backend. The outputs of the float64 reference are those that all systems are compared with. */
export function prepareOn(backend: Backend, problem: Problem, options: NetworkOptions = {}): Prepared {
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

/** Runs `body` on a tape, which is disposed afterwards. */
async function withTape<T>(network: Network, body: (tape: Tape) => Promise<T>): Promise<T> {
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
    withTape(network, async (tape) => {
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
    withTape(network, async (tape) => {
      const value = tape.watch(tape.constant(x.data, x.shape));
      for (const parameter of parameters.values()) tape.watch(parameter);
      const { output } = network.forward(tape, { value });
      const dy = tape.constant(target.data, target.shape);
      const results = tape.gradients([[output.value, dy]], [value, ...parameters.values()]);
      bytes = backend.memory().bytes;
      const named = ['x', ...parameters.keys()].map((name, i) => [name, results[i]] as const);
      return read({ y: output.value, ...Object.fromEntries(named) });
    });
  return {
    // Once one gradient can be read, all are computed.
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
  const encoded = {
    targets: Float64Array.from(target.data),
    shape: [T * B, O],
    weights: new Float64Array(T * B).fill(1),
  };
  const step = () =>
    withTape(network, async (tape) => {
      for (const parameter of parameters.values()) tape.watch(parameter);
      const { output } = network.forward(
        tape,
        { value: tape.constant(x.data, x.shape) },
        { training: true, step: optimizer.step },
      );
      const mean = compute(tape, output, encoded);
      const results = tape.gradients([[mean, 1]], [...parameters.values()]);
      optimizer.apply(tape, parameters, new Map([...parameters.keys()].map((name, i) => [name, results[i]])));
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

function stream(network: Network, problem: Problem): Prepared {
  const stream = network.stream();
  return { ...prepareStream(problem, (frame) => stream.push(frame)), dispose: () => stream.close() };
}

/** Each repetition trains the network from the same weights. */
function task(network: Network, { scenario, weights, x, target }: Problem): Prepared {
  const { T, B, I } = scenario.shape;
  const samples = Array.from({ length: taskSize.samples }, (_, n) => ({
    x: { data: x.data.slice(n * T * I, (n + 1) * T * I), shape: [T, I] },
    y: [target.data[n]],
  }));
  const step = async () => {
    network.setWeights(weights);
    const { epochs } = await network.fit(samples, {
      loss: 'meanSquaredError',
      optimizer: adam(),
      epochs: taskSize.epochs,
      batchSize: B,
      shuffle: false,
    }).done;
    return { losses: epochs.map((epoch) => epoch.loss) };
  };
  return { step, outputs: step };
}

async function readAll(backend: Backend, tensors: Readonly<Record<string, Tensor>>): Promise<Arrays> {
  const read = async ([name, tensor]: [string, Tensor]) => [name, await backend.read(tensor)] as const;
  return Object.fromEntries(await Promise.all(Object.entries(tensors).map(read)));
}
