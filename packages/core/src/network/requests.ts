/* What a forward pass asks of the backend, found without computing anything. */
import type { FusedKernels, KernelSpecs } from '../contract/fused.js';
import { shapesOnly } from '../contract/shapes-only.js';
import type { Shape } from '../contract/tensor.js';
import type { SignalShape } from '../layers/layer.js';
import { sizeOfStep } from '../layers/shapes.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { Tape } from '../tape/tape.js';
import type { InputSignal, LayerKernel } from './forward.js';
import type { NetworkBase } from './network-base.js';

/** The batches that a network is prepared for. */
export interface WarmUpOptions {
  /** Rows of a batch. Default 1. */
  readonly batch?: number;
  /** Time steps of the longest row. Default: the model's, or 2 where it takes any. */
  readonly time?: number;
  /** Prepare for training too. Default false. */
  readonly train?: boolean;
}

/** See `Network.explain`. */
export function explain(network: NetworkBase): LayerKernel[] {
  return trace(network, { batch: 1, train: true }).kernels;
}

/** See `Network.warmUp`. */
export async function warmUp(network: NetworkBase, options: WarmUpOptions | undefined): Promise<void> {
  const checked = checkOptions('warmUp', options, {
    batch: optional(positiveInteger, 1),
    time: optional(positiveInteger),
    train: optional(boolean, false),
  });
  const { requests } = trace(network, checked);
  await Promise.all(requests.map((prepare) => prepare()));
}

/** The kernels of a forward pass, and how to prepare those that are fused. */
function trace(
  network: NetworkBase,
  { batch, time, train }: { batch: number; time?: number; train: boolean },
): { kernels: LayerKernel[]; requests: (() => Promise<void> | undefined)[] } {
  const { backend, fused, model, parameters } = network;
  const requests: (() => Promise<void> | undefined)[] = [];
  const see = <Name extends keyof FusedKernels>(name: Name, spec: KernelSpecs[Name]) => {
    const kernel = backend.fused[name] as { prepare?(spec: KernelSpecs[Name]): Promise<void> };
    requests.push(() => kernel.prepare?.(spec));
  };
  const tape = new Tape(shapesOnly(backend, see), { fused });
  if (train) for (const parameter of parameters.values()) tape.watch(parameter);
  const signals = Object.entries(model.inputs).map(
    ([name, { shape }]) => [name, { value: tape.fill(shapeOf(shape, batch, time), 0) }] as const,
  );
  const inputs: Record<string, InputSignal> = Object.fromEntries(signals);
  const { kernels } = network.forward(tape, model.isChain ? inputs.input : inputs, { training: train });
  return { kernels: [...kernels], requests };
}

function shapeOf(input: SignalShape, batch: number, time: number | undefined): Shape {
  const size = sizeOfStep(input);
  if (!('time' in input)) return [batch, size];
  const steps = input.time ?? time ?? 2;
  return input.kind === 'tokens' ? [steps, batch] : [steps, batch, size];
}
