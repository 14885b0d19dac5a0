/* brain.js: its LSTMTimeStep, which predicts the next frame and has a batch of one. */
import { swapAxes } from '../layouts.js';
import type { Problem } from '../problem.js';
import { Declined, type Prepared, requireOneThread, type System } from '../system.js';

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

export const brainJs: System = {
  async open(threads, host) {
    requireOneThread(threads);
    const { library: brain, version } = await host.load<Brain>('brain.js');
    return {
      version,
      executor: 'plain JavaScript, 1 thread',
      async prepare(problem) {
        const { cell, mode, shape, outputs } = problem.scenario;
        if (mode !== 'forward' && mode !== 'train') throw new Declined('it has no such mode');
        if (cell !== 'lstm' || shape.B !== 1 || !outputs)
          throw new Declined('it is measured with an LSTM, a batch of one and an output layer');
        return prepare(brain, problem, mode);
      },
    };
  },
};

function prepare({ recurrent }: Brain, problem: Problem, mode: 'forward' | 'train'): Prepared {
  const { shape, outputs = 0 } = problem.scenario;
  const { T, I, H } = shape;
  const net = new recurrent.LSTMTimeStep({ inputSize: I, hiddenLayers: [H], outputSize: outputs });
  net.initialize();
  // The equation of the first step must be created before the network can run; those of later steps are
  // created on demand.
  net.bindEquation();
  setWeights(net, problem.weights);
  const frames = Array.from({ length: T }, (_, t) => problem.x.data.slice(t * I, (t + 1) * I));
  // T predictions need T + 1 frames: each frame is the target of the one before.
  const pattern = [...frames, frames[0]];
  net.verifyIsInitialized([pattern]);
  return {
    equations: 'brain.js',
    step: { forward: () => net.run(frames), train: () => net.trainPattern(pattern, true) }[mode],
    // Its loss and optimizer differ from ours, so in training, too, only the outputs before it are compared.
    outputs: async () => ({ last: Float32Array.from(net.run(frames)) }),
  };
}

function setWeights(net: LstmTimeStep, weights: Problem['weights']): void {
  const [layer] = net.model.hiddenLayers;
  /** Its gates, in Recurra's order. */
  const gates = ['input', 'forget', 'cellActivation', 'output'];
  const names = { Matrix: '0.kernel', Hidden: '0.recurrentKernel', Bias: '0.bias' };
  for (const [part, name] of Object.entries(names)) {
    const { data, shape } = weights[name];
    const transposed = shape.length === 1 ? data : swapAxes(data, shape);
    const size = data.length / gates.length;
    for (const [i, gate] of gates.entries())
      layer[`${gate}${part}`].weights.set(transposed.subarray(i * size, (i + 1) * size));
  }
  const { '1.kernel': kernel, '1.bias': bias } = weights;
  net.model.outputConnector.weights.set(swapAxes(kernel.data, kernel.shape));
  net.model.output.weights.set(bias.data);
}
