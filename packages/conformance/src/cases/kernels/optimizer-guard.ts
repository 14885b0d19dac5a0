/*
 * A guarded step must change nothing if the loss or the sum of all squared gradients is not finite. The step
 * after it must work as usual.
 */
import type { Capability } from '@recurra/core/backend';
import type { Check } from '../../check.js';
import { Failure } from '../../failure.js';
import { random, type Values } from '../../numbers.js';
import { OptimizerRun } from '../../optimizer-run.js';
import type { Case } from '../../suite.js';
import { exact, ofNorm } from '../../tolerance.js';
import { CONFIGS, countOf, gradientsOf, normOf, SHAPES, sameSteps } from './optimizer-parameters.js';

const group = 'kernels/optimizer-guard';

/** The non-finite values of a step. */
interface Fault {
  readonly needs?: Capability;
  readonly loss?: number;
  readonly gradients?: (gradients: readonly Values[]) => Values[];
}

/**
 * Replaces one element of the gradients by `value`: the last element of the last gradient, or the first of
 * the first.
 */
const element = (value: number, end: 'first' | 'last') => (gradients: readonly Values[]) => {
  const at = end === 'first' ? 0 : gradients.length - 1;
  return gradients.map((gradient, i) => {
    const index = end === 'first' ? 0 : gradient.data.length - 1;
    return i === at ? replaced(gradient, index, value) : gradient;
  });
};

function replaced({ data, shape }: Values, index: number, value: number): Values {
  return { shape, data: Array.from(data, (old, i) => (i === index ? value : old)) };
}

/** Its square is finite in float32, but twice the square is not. */
const LARGE = Math.fround(1.4e19);

/** Puts one such element in the first gradient and one in the last, which may be the same gradient. */
const overflowing = (gradients: readonly Values[]) => {
  const last = element(LARGE, 'last')(gradients);
  return element(LARGE, 'first')(last);
};

const FAULTS: Readonly<Record<string, Fault>> = {
  'a loss that is NaN': { needs: 'fusedNan', loss: Number.NaN },
  'an infinite loss': { needs: 'infinity', loss: Infinity },
  'a loss of −∞': { needs: 'infinity', loss: -Infinity },
  'NaN in the first gradient': { needs: 'fusedNan', gradients: element(Number.NaN, 'first') },
  'NaN in the last gradient': { needs: 'fusedNan', gradients: element(Number.NaN, 'last') },
  'infinity in the last gradient': { needs: 'infinity', gradients: element(-Infinity, 'last') },
  'squares whose sum alone is too large for float32': { gradients: overflowing },
};

const faults: Case[] = Object.entries(FAULTS).map(([what, fault]) => ({
  group,
  name: `${what}: no parameter or state changes, and the next step works`,
  ...(fault.needs && { needs: fault.needs }),
  async run(check: Check) {
    // Each optimizer with each list of shapes. Every second combination clips and starts after finite steps.
    for (const [i, name] of Object.keys(CONFIGS).entries()) {
      for (const [j, shapes] of SHAPES.entries()) {
        const clip = (i + j) % 2 === 0 ? 0 : 0.5;
        const before = (i + Math.floor(j / 2)) % 2 === 0 ? 0 : 2;
        await proves(check, name, shapes, fault, clip, before);
      }
    }
  },
}));

/** @param before number of finite steps before the non-finite one */
async function proves(
  check: Check,
  name: string,
  shapes: (typeof SHAPES)[number],
  { loss = 0.5, gradients: spoil }: Fault,
  clip: number,
  before: number,
): Promise<void> {
  const config = CONFIGS[name];
  const what = `${name}: ${shapes.length} at once, clip ${clip}, after ${before} steps`;
  const start = shapes.map((shape, i) => ({ parameter: random(shape, i) }));
  const run = new OptimizerRun(check, config, start);
  const right = new OptimizerRun(check, config, start, { backend: await check.reference() });
  const good = async (seed: number) => {
    const gradients = gradientsOf(shapes, seed, 1 / 64);
    const bound = clip && 2 * normOf(gradients);
    const norm = await run.guardedStep(gradients, { clip: bound, loss: 0.5 });
    if (!norm) return false;
    right.step(gradients);
    return true;
  };
  for (let step = 1; step <= before; step++) if (!(await good(step))) return;

  const unchanged = await run.now();
  const clean = gradientsOf(shapes, 7);
  const norm = await run.guardedStep(spoil?.(clean) ?? clean, { clip, loss });
  if (!norm) return;
  // If only the loss is not finite, the norm is not used.
  if (spoil && Number.isFinite(norm.data[0]))
    throw new Failure(`${what}: the norm is ${norm.data[0]}, expected a non-finite one`);
  const after = await run.now();
  for (const [i, { parameter, state }] of after.entries()) {
    // The first step creates the state.
    if (before > 0 && state.length !== unchanged[i].state.length)
      throw new Failure(`${what}: parameter ${i} has ${state.length} tensors of state`);
    check.near(`${what}: parameter ${i}, guarded, at `, parameter, unchanged[i].parameter, exact);
    for (const [j, values] of (before > 0 ? state : []).entries())
      check.near(`${what}: state ${j} of parameter ${i}, guarded, at `, values, unchanged[i].state[j], exact);
  }
  run.takeBack();
  for (let step = 1; step <= 2; step++) await good(before + step);
  sameSteps(check, `${what}, and two more`, await run.now(), await right.now(), 8);
}

/** The sum of squares is large but finite in float32. */
const large: Case = {
  group,
  name: 'sgd: squares whose sum is finite in float32 do not stop a step',
  async run(check) {
    for (const shapes of SHAPES) {
      const start = shapes.map((shape) => ({ parameter: random(shape, 1) }));
      const scale = 2 ** Math.floor(Math.log2(1.7e19 / normOf(gradientsOf(shapes, 1))));
      const gradients = gradientsOf(shapes, 1, scale);
      const config = { ...CONFIGS.sgd, learningRate: 1 / scale };
      const run = new OptimizerRun(check, config, start);
      const right = new OptimizerRun(check, config, start, { backend: await check.reference() });
      const norm = await run.guardedStep(gradients, { clip: 0, loss: 3e38 });
      if (!norm) return;
      right.step(gradients);
      const expected = { shape: [1], data: [normOf(gradients)] };
      const bound = ofNorm(normOf(gradients), countOf(gradients), check.precision);
      check.near('the norm ', norm, expected, bound);
      sameSteps(check, `${shapes.length} at once`, await run.now(), await right.now(), 8);
    }
  },
};

export const optimizerGuard: Case[] = [...faults, large];
