import { type Backend, OptionError } from '@recurra/core';
import { lawsOfAttention } from './cases/attention-laws.js';
import { capabilities } from './cases/capabilities.js';
import { coexistence } from './cases/coexistence.js';
import { determinism } from './cases/determinism.js';
import { errors } from './cases/errors.js';
import { fused } from './cases/fused.js';
import { generated } from './cases/generated/index.js';
import { goldenAttention } from './cases/golden-attention.js';
import { goldenOptimizer } from './cases/golden-optimizers.js';
import { goldenSequence } from './cases/golden-sequences.js';
import { gradientsOfLayers } from './cases/gradients/layers.js';
import { gradientsOfLosses } from './cases/gradients/losses.js';
import { gradientsOfOperations } from './cases/gradients/operations.js';
import { gradientsOfRecurrent } from './cases/gradients/recurrent.js';
import { gradientsOfSeveralInputs } from './cases/gradients/several-inputs.js';
import { kernels } from './cases/kernels/index.js';
import { laws } from './cases/laws.js';
import { leaks } from './cases/leaks.js';
import { limits } from './cases/limits.js';
import { memory } from './cases/memory.js';
import { notNumbers } from './cases/not-numbers/index.js';
import { operations } from './cases/operations/index.js';
import { recurrentLayers } from './cases/recurrent/index.js';
import { sizes } from './cases/sizes.js';
import { training } from './cases/training.js';
import { transfer } from './cases/transfer.js';
import { checkGeneration, DEFAULT_RUNS, DEFAULT_SEED, type Generation } from './generation.js';
import type { Golden } from './golden-files.js';
import { builtInGoldens } from './goldens.js';
import { type GpuKind, onGpu } from './gpu.js';
import { runtime } from './runtime.js';
import { type Case, type Result, Session, titleOf } from './suite.js';

/** Which cases. */
export interface Selection extends Generation {
  /** Golden vectors besides those of the package: see {@link parseGolden}. */
  readonly goldens?: readonly Golden[];
  /** The case of this title, `group: name`, or else every case that has this in its title. Default: all. */
  readonly only?: string;
}

export interface ConformanceOptions extends Selection {
  /** What to call the backend in the report. */
  readonly name: string;
  /** Makes the backend; called again for cases that need a fresh one, and after a failure. */
  readonly create: () => Promise<Backend>;
  /**
   * The GPU that it must run on. What the backend says of itself as `software` is compared with it, and another one, or a
   * backend that does not say, is a DeviceError. Default: any.
   */
  readonly gpu?: GpuKind;
  /** Called after every case. */
  readonly onResult?: (result: Result, done: number, total: number) => void;
  /** Ends the run early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Report {
  /** The name given. */
  readonly backend: string;
  /** What the backend says that it runs on. */
  readonly device: string;
  /** What ran it: `Node 20.20.2`, `Chromium 156`. */
  readonly runtime: string;
  /** True if the GPU is emulated in software. Undefined for CPU backends. */
  readonly software?: boolean;
  readonly precision: Backend['precision'];
  /** What the generated examples came from, and how many each generated case had. */
  readonly seed: number;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly milliseconds: number;
  readonly results: readonly Result[];
}

/**
 * Every case, in the order in which they build on each other.
 * @throws OptionError where no case is left, `path` is given for more than one, or `runs` or `seed` cannot be
 */
export function conformance({ goldens = [], only, ...generation }: Selection = {}): Case[] {
  checkGeneration(generation);
  const all = everyCase(goldens, generation);
  // One that is named is wanted, not those whose titles begin as its does.
  const named = all.filter((item) => titleOf(item) === only);
  const having = (text: string) =>
    named.length > 0 ? named : all.filter((item) => titleOf(item).includes(text));
  const cases = only === undefined ? all : having(only);
  if (cases.length === 0) throw new OptionError(`only: no case has ${JSON.stringify(only)} in its title`);
  if (generation.path !== undefined && cases.length > 1) {
    throw new OptionError(
      `path names an example of one case, and ${cases.length} were chosen; name the case with only`,
    );
  }
  return cases;
}

function everyCase(goldens: readonly Golden[], generation: Generation): Case[] {
  const golden = [...builtInGoldens(), ...goldens].map(goldenCase);
  return [
    ...operations,
    ...memory,
    ...gradientsOfOperations,
    ...gradientsOfLayers,
    ...gradientsOfRecurrent,
    ...gradientsOfSeveralInputs,
    ...gradientsOfLosses,
    ...sizes,
    ...recurrentLayers,
    ...kernels,
    ...golden,
    ...laws,
    ...lawsOfAttention(),
    ...fused,
    ...training,
    ...transfer,
    ...errors,
    ...notNumbers,
    ...leaks,
    ...determinism,
    ...coexistence,
    ...limits,
    ...generated(generation),
    ...capabilities,
  ];
}

function goldenCase(golden: Golden): Case {
  switch (golden.type) {
    case 'sequence':
      return goldenSequence(golden);
    case 'optimizer':
      return goldenOptimizer(golden);
    case 'attention':
      return goldenAttention(golden);
  }
}

/** Runs every case on a backend, in Node or in a page. It rejects only where no backend can be made, or on no such GPU, or when aborted. */
export async function runConformance(options: ConformanceOptions): Promise<Report> {
  const { name, create, gpu, onResult, signal, ...selection } = options;
  const cases = conformance(selection);
  const start = performance.now();
  const session = new Session(onGpu(create, gpu));
  const results: Result[] = [];
  try {
    const { device, software, precision } = await session.backend();
    for (const item of cases) {
      signal?.throwIfAborted();
      results.push(withReplay(await session.run(item)));
      onResult?.(results[results.length - 1], results.length, cases.length);
      // Lets a page paint, and a signal arrive.
      await new Promise((resolve) => setTimeout(resolve));
    }
    const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
    return {
      backend: name,
      device,
      runtime: runtime(),
      ...(software !== undefined && { software }),
      precision,
      seed: selection.seed ?? DEFAULT_SEED,
      runs: selection.runs ?? DEFAULT_RUNS,
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped'),
      milliseconds: performance.now() - start,
      results,
    };
  } finally {
    session.close();
  }
}

/** A failure on a generated example tells which options, here or in a test, run it again, and nothing else. */
export function withReplay(result: Result): Result {
  const { replay, reason } = result;
  if (!replay) return result;
  const { seed, path } = replay;
  const options = `{ seed: ${seed}, path: ${JSON.stringify(path)}, only: ${JSON.stringify(titleOf(result))} }`;
  return { ...result, reason: `${reason}\nagain: ${options}` };
}

/** The results that have an error to show, the largest share of what is allowed first. */
export function worstFirst({ results }: Pick<Report, 'results'>): Result[] {
  const share = ({ worst = 0 }: Result) => worst;
  return results.filter(({ worst }) => worst !== undefined).sort((a, b) => share(b) - share(a));
}
