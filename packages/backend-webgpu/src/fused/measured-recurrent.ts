import type { Shape, Tensor } from '@recurra/core';
import type {
  Operations,
  RecurrentInputs,
  RecurrentKernel,
  RecurrentOutputs,
  RecurrentSpec,
} from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { fastestForm } from './fastest-form.js';
import type { FormChoice } from './form-choice.js';
import type { Pass } from './form-class.js';
import { createInputs, gradientsFor, optional, recurrent } from './recurrent.js';

/** The most steps of a timed run: enough that they, and not its beginning, take the time. */
const STEPS = 8;

/**
 * The recurrent kernel, in the forms of `choice`. Its `prepare` times the candidates for classes that have no choice yet.
 *
 * @param measures false if `prepare` only compiles, so that the rule's forms serve
 */
export function measuredRecurrent(
  context: Context,
  { fill }: Pick<Operations, 'fill'>,
  choice: FormChoice,
  measures: boolean,
): RecurrentKernel {
  const kernel = recurrent(context, (spec, pass) => choice.formFor(spec, pass));
  /** Timings run one after the other. */
  let timings: Promise<unknown> = Promise.resolve();
  return {
    ...kernel,
    formsOf: (spec) => choice.formsOf(spec),
    async prepare(spec) {
      if (measures) {
        const timing = timings.then(() => choose(context, fill, choice, spec));
        timings = timing.catch(() => {});
        await timing;
      }
      await kernel.prepare?.(spec);
    },
  };
}

/** Chooses the forms of a request's passes by their times, where there is no choice yet. */
async function choose(
  context: Context,
  fill: Operations['fill'],
  choice: FormChoice,
  request: RecurrentSpec,
): Promise<void> {
  const unchosen = choice.formsOf(request).filter(({ key }) => !choice.has(key));
  if (unchosen.length === 0) return;
  const spec = { ...request, time: Math.min(request.time, STEPS) };
  const kernels = new Map(
    choice.candidates(request).map((form) => [form.name, recurrent(context, () => form)]),
  );
  const names = await compile(kernels, spec);
  // While a program is only compiled, nothing can be timed.
  if (!(await context.finished())) return;
  const inputs = zeroInputs(fill, spec);
  try {
    for (const { pass, key } of unchosen) {
      const fastest = await fastestForm(names, (name, repetitions) =>
        timeOf(context, kernels.get(name) as RecurrentKernel, { spec, inputs, pass, repetitions }),
      );
      // A request that came meanwhile has made a choice.
      if (!choice.has(key)) choice.use({ [key]: fastest });
    }
  } finally {
    tensorsOf(inputs).forEach(context.free);
  }
}

/**
 * Compiles the kernel of each form. A device may be unable to compile some of them, such as those with many invocations.
 * @returns the names of the others
 * @throws DeviceError if it cannot compile the first, which is the rule's
 */
async function compile(
  kernels: ReadonlyMap<string, RecurrentKernel>,
  spec: RecurrentSpec,
): Promise<readonly string[]> {
  const compileAll = [...kernels.values()].map((kernel) => kernel.prepare?.(spec));
  const results = await Promise.allSettled(compileAll);
  const names = [...kernels.keys()];
  if (results.every(({ status }) => status === 'fulfilled')) return names;
  // Kernels that are compiled at the same time report each other's errors.
  const usable: string[] = [];
  for (const [name, kernel] of kernels) {
    try {
      await kernel.prepare?.(spec);
      usable.push(name);
    } catch (error) {
      if (name === names[0]) throw error;
    }
  }
  return usable;
}

/** The duration of a pass, `repetitions` times, in milliseconds. */
async function timeOf(
  { create, free, finished }: Context,
  kernel: RecurrentKernel,
  {
    spec,
    inputs,
    pass,
    repetitions,
  }: { spec: RecurrentSpec; inputs: RecurrentInputs; pass: Pass; repetitions: number },
): Promise<number> {
  const forward = () => kernel.forward(spec, inputs);
  const discard = ({ y, state, saved }: RecurrentOutputs) =>
    [...optional(y), ...state, ...saved].forEach(free);
  if (pass === 'forward') return timed(finished, repetitions, () => discard(forward()));
  const outputs = forward();
  const gradients = gradientsFor({ create }, outputs);
  try {
    return await timed(finished, repetitions, () => {
      const { x, weights, initialState = [] } = kernel.backward(spec, inputs, outputs, gradients);
      [...optional(x), ...Object.values(weights).flatMap(optional), ...initialState].forEach(free);
    });
  } finally {
    discard(outputs);
    [...optional(gradients.y), ...gradients.state.flatMap(optional)].forEach(free);
  }
}

async function timed(finished: Context['finished'], repetitions: number, run: () => void): Promise<number> {
  await finished();
  const start = performance.now();
  for (let i = 0; i < repetitions; i++) run();
  await finished();
  return performance.now() - start;
}

/** Inputs of zeros, of full length. */
function zeroInputs(fill: Operations['fill'], spec: RecurrentSpec): RecurrentInputs {
  const create = (shape: Shape) => fill(shape, 0);
  const inputs = createInputs({ create }, { ...spec, lengths: false });
  return spec.lengths ? { ...inputs, lengths: fill([spec.batch], spec.time) } : inputs;
}

function tensorsOf({ x, weights, initialState = [], lengths }: RecurrentInputs): Tensor[] {
  return [x, ...Object.values(weights).flatMap(optional), ...initialState, ...optional(lengths)];
}
