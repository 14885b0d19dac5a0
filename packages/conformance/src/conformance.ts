import { type Backend, OptionError } from '@recurra/core';
import { lawsOfAttention } from './cases/attention-laws.js';
import { capabilities } from './cases/capabilities.js';
import { cellDefinitions } from './cases/cell-definitions.js';
import { checkpointing } from './cases/checkpointing.js';
import { coexistence } from './cases/coexistence.js';
import { determinism } from './cases/determinism.js';
import { errors } from './cases/errors.js';
import { forms } from './cases/forms.js';
import { fused } from './cases/fused.js';
import { generated } from './cases/generated/index.js';
import { goldenAttention } from './cases/golden-attention.js';
import { goldenCtc } from './cases/golden-ctc.js';
import { goldenLayer } from './cases/golden-layers.js';
import { goldenOptimizer } from './cases/golden-optimizers.js';
import { goldenScan } from './cases/golden-scans.js';
import { goldenSequence } from './cases/golden-sequences.js';
import { gradientsOfFurtherCells } from './cases/gradients/further-cells.js';
import { gradientsOfLayers } from './cases/gradients/layers.js';
import { gradientsOfLosses } from './cases/gradients/losses.js';
import { gradientsOfOperations } from './cases/gradients/operations.js';
import { gradientsOfRecurrent } from './cases/gradients/recurrent.js';
import { gradientsOfSequences } from './cases/gradients/sequences.js';
import { gradientsOfSeveralInputs } from './cases/gradients/several-inputs.js';
import { graphs } from './cases/graphs.js';
import { lawsOfImages } from './cases/image-laws.js';
import { int8Weights } from './cases/int8.js';
import { kernels } from './cases/kernels/index.js';
import { laws } from './cases/laws.js';
import { leaks } from './cases/leaks.js';
import { limits } from './cases/limits.js';
import { memory } from './cases/memory.js';
import { notNumbers } from './cases/not-numbers/index.js';
import { operations } from './cases/operations/index.js';
import { recurrentLayers } from './cases/recurrent/index.js';
import { lawsOfSequences } from './cases/sequence-laws.js';
import { sizes } from './cases/sizes.js';
import { training } from './cases/training.js';
import { transfer } from './cases/transfer.js';
import { checkGeneration, DEFAULT_RUNS, DEFAULT_SEED, type Generation } from './generation.js';
import type { Golden } from './golden-files.js';
import { builtInGoldens } from './goldens.js';
import { type GpuKind, onGpu } from './gpu.js';
import { runtime } from './runtime.js';
import { type Case, type Result, Session, titleOf } from './suite.js';

/** Selects cases by group. */
export interface Selection extends Generation {
  /** Golden vectors in addition to those of the package: see {@link parseGolden}. */
  readonly goldens?: readonly Golden[];
  /**
   * Runs the case with this title, `group: name`, or, if there is none, every case whose title contains this
   * text. Default: all cases.
   */
  readonly only?: string;
}

export interface ConformanceOptions extends Selection {
  /** The name of the backend in the report. */
  readonly name: string;
  /** Creates the backend. It is called again for cases that need a fresh backend, and after a failure. */
  readonly create: () => Promise<Backend>;
  /**
   * The kind of GPU that the backend must run on. If the backend's `software` differs or is undefined, the
   * run rejects with a DeviceError. Default: any.
   */
  readonly gpu?: GpuKind;
  /** Called after every case. */
  readonly onResult?: (result: Result, done: number, total: number) => void;
  /** Aborts the run, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Report {
  /** The `name` option. */
  readonly backend: string;
  /** The device that the backend reports. */
  readonly device: string;
  /** The program that ran the suite: `Node 20.20.2`, `Chromium 156`. */
  readonly runtime: string;
  /** True if the GPU is emulated in software. Undefined for CPU backends. */
  readonly software?: boolean;
  readonly precision: Backend['precision'];
  /** The seed of the generated examples, and the number of examples of each generated case. */
  readonly seed: number;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly milliseconds: number;
  readonly results: readonly Result[];
}

/**
 * All cases, ordered so that later ones build on earlier ones.
 * @throws OptionError if no case is selected, if `path` is given for more than one case, or if `runs` or
 * `seed` is invalid
 */
export function conformance({ goldens = [], only, ...generation }: Selection = {}): Case[] {
  checkGeneration(generation);
  const all = everyCase(goldens, generation);
  // An exact title selects that case only, not those whose titles begin with it.
  const named = all.filter((item) => titleOf(item) === only);
  const having = (text: string) =>
    named.length > 0 ? named : all.filter((item) => titleOf(item).includes(text));
  const cases = only === undefined ? all : having(only);
  if (cases.length === 0) throw new OptionError(`only: no case title contains ${JSON.stringify(only)}`);
  if (generation.path !== undefined && cases.length > 1) {
    throw new OptionError(
      `path identifies an example of one case, but ${cases.length} cases are selected; select the case with only`,
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
    ...gradientsOfFurtherCells(),
    ...gradientsOfSeveralInputs,
    ...gradientsOfSequences,
    ...gradientsOfLosses,
    ...sizes,
    ...recurrentLayers,
    ...kernels,
    ...forms,
    ...int8Weights,
    ...golden,
    ...laws,
    ...lawsOfAttention(),
    ...lawsOfImages(),
    ...lawsOfSequences,
    ...cellDefinitions(),
    ...fused,
    ...training,
    ...checkpointing,
    ...graphs,
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
    case 'layer':
      return goldenLayer(golden);
    case 'ctc':
      return goldenCtc(golden);
    case 'scan':
      return goldenScan(golden);
  }
}

/**
 * Runs every case on a backend, in Node or in a page. It rejects only if no backend can be created, if the
 * GPU is of the wrong kind, or when aborted.
 */
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
      // Yields to the event loop, so that a page can paint and a signal can arrive.
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

/** If a generated example failed, its error lists the options that run only this example again. */
export function withReplay(result: Result): Result {
  const { replay, reason } = result;
  if (!replay) return result;
  const { seed, path } = replay;
  const options = `{ seed: ${seed}, path: ${JSON.stringify(path)}, only: ${JSON.stringify(titleOf(result))} }`;
  return { ...result, reason: `${reason}\nagain: ${options}` };
}

/** The results that measured an error, largest first, as a share of the tolerance. */
export function worstFirst({ results }: Pick<Report, 'results'>): Result[] {
  const share = ({ worst = 0 }: Result) => worst;
  return results.filter(({ worst }) => worst !== undefined).sort((a, b) => share(b) - share(a));
}
