/* An optimizer at work on one parameter. */
import { type Backend, Optimizer, type OptimizerConfig, type Tensor } from '@recurra/core';
import type { Check } from './check.js';
import { random, read, uniform, type Values } from './numbers.js';

/** The parameter, and what the optimizer keeps of it. */
export interface Stepped {
  readonly parameter: Values;
  readonly state: readonly Values[];
}

/** Where an optimizer is: after so many steps, with such a parameter and state. */
export interface Start extends Stepped {
  readonly step: number;
}

/** Takes a step for each gradient, from the beginning or from a state that is uploaded anew, and reads what it has come to. */
export async function steps(
  check: Check,
  { backend = check.backend, fused }: { backend?: Backend; fused?: boolean },
  config: OptimizerConfig,
  { parameter, state = [], step = 0 }: Pick<Start, 'parameter'> & Partial<Start>,
  gradients: Iterable<Values>,
): Promise<Stepped> {
  const optimizer = check.use(new Optimizer(config, backend));
  const upload = ({ data, shape }: Values) => backend.upload(data, shape);
  const parameters = new Map([['p', upload(parameter)]]);
  check.use({ dispose: () => backend.free(parameters.get('p') as Tensor) });
  if (step > 0) optimizer.restore(step, new Map([['p', state.map(upload)]]), parameters);
  for (const { data, shape } of gradients) {
    const tape = check.tape(backend, { fused });
    optimizer.apply(tape, parameters, new Map([['p', tape.constant(data, shape)]]));
  }
  const [now, ...kept] = [...parameters.values(), ...(optimizer.state.get('p') ?? [])];
  return {
    parameter: await read(backend, now),
    state: await Promise.all(kept.map((x) => read(backend, x))),
  };
}

/** From 0.25 to 1, and the same below zero, as a step divides by them; and every fifth 0. */
export function awayFromZero(shape: readonly number[], seed: number): Values {
  const { data } = random(shape, seed, 0.25, 1);
  const signs = uniform(data.length, seed + 500);
  return { shape, data: data.map((value, i) => (i % 5 === 4 ? 0 : signs[i] < 0 ? -value : value)) };
}
