/* brain.js: its LSTMTimeStep, which predicts the next frame and keeps a batch of one. */
import type { NDArray } from '@recurra/core';
import { transposedGates } from '../gates.js';
import type { Problem } from '../problem.js';
import { Declined, type Prepared, type System } from '../system.js';

interface Matrix {
  readonly weights: Float32Array;
}

interface LstmTimeStep {
  initialize(): void;
  bindEquation(): void;
  run(frames: readonly ArrayLike<number>[]): ArrayLike<number>;
  verifyIsInitialized(data: readonly (readonly ArrayLike<number>[])[]): void;
  trainPattern(frames: readonly ArrayLike<number>[], logErrorRate: boolean): number;
  readonly model: {
    readonly hiddenLayers: readonly Record<string, Matrix>[];
    readonly outputConnector: Matrix;
    readonly output: Matrix;
  };
}

interface Brain {
  readonly recurrent: {
    readonly LSTMTimeStep: new (options: {
      inputSize: number;
      hiddenLayers: readonly number[];
      outputSize: number;
    }) => LstmTimeStep;
  };
}

/** Its gates, in Recurra's order. */
const gates = ['input', 'forget', 'cellActivation', 'output'];

export const brainJs: System = {
  async open(threads, host) {
    if (threads !== 1) throw new Declined('it has one thread');
    const { library: brain, version } = await host.load<Brain>('brain.js');
    return {
      version,
      executor: 'plain JavaScript, 1 thread',
      async prepare(problem) {
        const { cell, mode, shape, outputs } = problem.scenario;
        if (mode !== 'forward' && mode !== 'train') throw new Declined('it has no such mode');
        if (cell !== 'lstm' || shape.B !== 1 || !outputs)
          throw new Declined('it is measured with an LSTM, a batch of one and an output layer');
        return measure(brain, problem, mode);
      },
    };
  },
};

function measure(brain: Brain, problem: Problem, mode: 'forward' | 'train'): Prepared {
  const { shape, outputs = 0 } = problem.scenario;
  const { LSTMTimeStep } = brain.recurrent;
  const net = new LSTMTimeStep({ inputSize: shape.I, hiddenLayers: [shape.H], outputSize: outputs });
  net.initialize();
  // It runs nothing before it has an equation for a step; it adds the others by itself.
  net.bindEquation();
  setWeights(net, problem.weights);
  const frames = rowsOf(problem.x);
  // T predictions take T + 1 frames, each the next one's target.
  const pattern = [...frames, frames[0]];
  net.verifyIsInitialized([pattern]);
  return {
    equations: 'brain.js',
    step: { forward: () => net.run(frames), train: () => net.trainPattern(pattern, true) }[mode],
    // Its optimizer and loss are its own, so that only the outputs can be compared, also before training.
    outputs: async () => ({ last: Float32Array.from(net.run(frames)) }),
  };
}

function setWeights(net: LstmTimeStep, weights: Problem['weights']): void {
  const [layer] = net.model.hiddenLayers;
  const set = (matrix: Matrix, values: ArrayLike<number>) => matrix.weights.set(values);
  const parts = { Matrix: '0.kernel', Hidden: '0.recurrentKernel', Bias: '0.bias' };
  for (const [part, name] of Object.entries(parts)) {
    const { data, shape } = weights[name];
    const turned = transposedGates({ data, shape: shape.length === 1 ? [1, ...shape] : shape }, [0, 1, 2, 3]);
    const size = turned.length / gates.length;
    gates.forEach((gate, i) => {
      set(layer[`${gate}${part}`], turned.subarray(i * size, (i + 1) * size));
    });
  }
  set(net.model.outputConnector, transposedGates(weights['1.kernel'], [0]));
  set(net.model.output, weights['1.bias'].data);
}

function rowsOf({ data, shape: [T, , I] }: NDArray): Float32Array[] {
  return Array.from({ length: T }, (_, t) => Float32Array.from(data.subarray(t * I, (t + 1) * I)));
}
