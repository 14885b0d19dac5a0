/*
 * Training runs compared with PyTorch: the loss and the gradient norm at every step, and the final
 * parameters.
 */
import { type Backend, dense, lstm, type NDArray, sequential } from '@recurra/core';
import { optimizerConfig } from '@recurra/core/backend';
import type { Check } from '../check.js';
import type { OptimizerGolden } from '../golden-files.js';
import { provesGolden, type Results } from '../golden-proof.js';
import { array, fromTimeMajor, transposed, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

export function goldenOptimizer(golden: OptimizerGolden): Case {
  return {
    group: 'goldens/optimizers',
    name: golden.name,
    run: (check) => provesGolden(check, { compute, expected, moved }, golden),
  };
}

async function compute(check: Check, golden: OptimizerGolden, backend: Backend): Promise<Results> {
  const { x, target, clip } = golden;
  const [units, outputs] = [golden.start['lstm.weight_hh_l0'].shape[1], golden.start['head.bias'].shape[0]];
  const model = sequential([lstm({ units, returnSequences: true }), dense({ units: outputs })], {
    inputShape: [null, x.shape[2]],
  });
  const network = check.use(model.on(backend));
  network.setWeights(fromTorch(golden.start));

  const ys = fromTimeMajor(target);
  const run = network.fit(
    fromTimeMajor(x).map((sequence, row) => ({ x: sequence, y: ys[row] })),
    {
      loss: 'meanSquaredError',
      optimizer: optimizerConfig(golden.config),
      epochs: golden.losses.length,
      batchSize: ys.length,
      shuffle: false,
      ...(clip && { clip: clip[0] === 'value' ? { value: clip[1] } : { globalNorm: clip[1] } }),
    },
  );
  const losses: number[] = [];
  const norms: number[] = [];
  for await (const { loss, gradientNorm } of run) {
    losses.push(loss);
    norms.push(gradientNorm);
  }
  return { losses: list(losses), gradientNorms: list(norms), ...endNames(await network.getWeights()) };
}

function expected({ losses, gradientNorms, end }: OptimizerGolden): Results {
  return { losses: list(losses), gradientNorms: list(gradientNorms), ...endNames(fromTorch(end)) };
}

function moved(golden: OptimizerGolden, move: (values: Values) => Values): OptimizerGolden {
  const start = Object.entries(golden.start).map(([name, values]) => [name, move(values)] as const);
  return { ...golden, x: move(golden.x), target: move(golden.target), start: Object.fromEntries(start) };
}

function list(data: readonly number[]): Values {
  return { data, shape: [data.length] };
}

function endNames(weights: Results): Results {
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [`end of ${name}`, values]));
}

function fromTorch(weights: OptimizerGolden['start']): Record<string, NDArray> {
  return {
    '0.kernel': array(transposed(weights['lstm.weight_ih_l0'])),
    '0.recurrentKernel': array(transposed(weights['lstm.weight_hh_l0'])),
    '0.bias': array(weights['lstm.bias_ih_l0']),
    '1.kernel': array(transposed(weights['head.weight'])),
    '1.bias': array(weights['head.bias']),
  };
}
