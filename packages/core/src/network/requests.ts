/* Finds out which kernels a forward pass requests from the backend, without computing anything. */
import type { FusedKernels, KernelSpecs, PassForms } from '../contract/fused.js';
import { shapesOnly } from '../contract/shapes-only.js';
import type { Shape } from '../contract/tensor.js';
import { UnsupportedError } from '../errors.js';
import type { SignalShape } from '../layers/layer.js';
import { sizeOfStep } from '../layers/shapes.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { Tape } from '../tape/tape.js';
import type { InputSignal, LayerKernel } from './forward.js';
import { checkNetwork, type NetworkBase } from './network-base.js';

/** The batches to prepare a network for. */
export interface WarmUpOptions {
  /** The number of rows in a batch. Default 1. */
  readonly batch?: number;
  /** The number of time steps in the longest row. Default: the model's, or 2 if the model takes any length. */
  readonly time?: number;
  /** Prepare for training too. Default false. */
  readonly train?: boolean;
}

/** The batches that a report is about. */
export type ExplainOptions = Pick<WarmUpOptions, 'batch' | 'time'>;

/**
 * Reports which layers run on fused kernels of the backend in training and which are composed of its operations, and why.
 * Computes nothing. For a quantised network, the kernels are those of prediction, and an entry with the kernel 'int8' says for
 * each layer whether its weights are int8 on the backend, or why they were expanded to floats. If the backend has several forms
 * of a kernel, `forms` names those that run for batches of the size in `options`. `network.explain()` calls this function; call
 * it yourself for a `Predictor`.
 * @throws OptionError if `network` is not a network or predictor, or for an unknown option
 */
export function explain(network: NetworkBase, options?: ExplainOptions): LayerKernel[] {
  checkNetwork('explain', network);
  const { int8, model } = network;
  const size = checkOptions('explain', options, sizeOptions);
  const kernels = traceKernels(network, { ...size, train: !int8 }).map(({ spec, ...kernel }) => ({
    ...kernel,
    ...formsOf(network, kernel.kernel, spec),
  }));
  const labels = new Map(model.nodes.map(({ name, label }) => [name, label]));
  const entries = new Map<string, LayerKernel>();
  for (const name of int8?.matrices.keys() ?? []) {
    const [owner] = name.split('.');
    const reason = int8?.expanded.get(name);
    const layer = labels.get(owner) ?? owner;
    const implementation = reason === undefined ? 'fused' : 'composed';
    entries.set(`${owner} ${reason}`, { layer, kernel: 'int8', implementation, ...(reason && { reason }) });
  }
  return [...kernels, ...entries.values()];
}

/**
 * Compiles the kernels that batches of this shape need, before the first batch. Backends compile in parallel if they can.
 * On a backend that compiles nothing ahead of time, this does nothing. `network.warmUp()` calls this function; call it
 * yourself for a `Predictor`.
 * @throws OptionError for an unknown option; UnsupportedError for `train` with a quantised network; DeviceError for a kernel
 *   that the device cannot compile
 */
export async function warmUp(network: NetworkBase, options?: WarmUpOptions): Promise<void> {
  checkNetwork('warmUp', network);
  const checked = checkOptions('warmUp', options, { ...sizeOptions, train: optional(boolean, false) });
  if (checked.train && network.int8)
    throw new UnsupportedError('warmUp: a quantised network cannot be trained; use the float32 network');
  const prepared = traceKernels(network, checked).map(
    ({ kernel, spec }) => spec && fusedKernel(network, kernel)?.prepare?.(spec),
  );
  await Promise.all(prepared);
}

const sizeOptions = { batch: optional(positiveInteger, 1), time: optional(positiveInteger) };

/** The form of each pass of a request, if the kernel has several forms. */
function formsOf(
  network: NetworkBase,
  name: LayerKernel['kernel'],
  spec: TracedKernel['spec'],
): Pick<LayerKernel, 'forms'> {
  const forms = spec && fusedKernel(network, name)?.formsOf?.(spec);
  return forms ? { forms: Object.fromEntries(forms.map(({ pass, form }) => [pass, form])) } : {};
}

/** The members of a kernel that do not compute. */
interface UncomputedKernel {
  prepare?(spec: KernelSpecs[keyof FusedKernels]): Promise<void>;
  formsOf?(spec: KernelSpecs[keyof FusedKernels]): readonly PassForms[];
}

function fusedKernel({ backend }: NetworkBase, name: LayerKernel['kernel']): UncomputedKernel | undefined {
  return backend.fused[name as keyof FusedKernels] as UncomputedKernel | undefined;
}

/** A kernel of a forward pass, with the request for it if it is fused. */
export type TracedKernel = LayerKernel & { readonly spec?: KernelSpecs[keyof FusedKernels] };

/** Lists the kernels of a forward pass. */
export function traceKernels(
  network: NetworkBase,
  { batch, time, train }: { batch: number; time?: number; train: boolean },
): TracedKernel[] {
  const { backend, fused, model, parameters } = network;
  const specs: KernelSpecs[keyof FusedKernels][] = [];
  const tape = new Tape(
    shapesOnly(backend, (_, spec) => specs.push(spec)),
    { fused },
  );
  if (train) for (const parameter of parameters.values()) tape.watch(parameter);
  const signals = Object.entries(model.inputs).map(
    ([name, { shape }]) => [name, { value: tape.fill(shapeOf(shape, batch, time), 0) }] as const,
  );
  const inputs: Record<string, InputSignal> = Object.fromEntries(signals);
  const { kernels } = network.forward(tape, model.isChain ? inputs.input : inputs, { training: train });
  let requested = 0;
  return kernels.map((kernel) =>
    kernel.implementation === 'fused' ? { ...kernel, spec: specs[requested++] } : kernel,
  );
}

function shapeOf(input: SignalShape, batch: number, time: number | undefined): Shape {
  const size = sizeOfStep(input);
  if (!('time' in input)) return [batch, size];
  const steps = input.time ?? time ?? 2;
  return input.kind === 'tokens' ? [steps, batch] : [steps, batch, size];
}
