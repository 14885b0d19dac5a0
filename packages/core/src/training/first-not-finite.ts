import type { Tensor } from '../contract/tensor.js';
import type { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import type { Tape } from '../tape/tape.js';
import { forwardWindow, type Window } from './forward-window.js';
import type { SegmentOptions } from './measure.js';
import { SegmentRun } from './segment-run.js';

/**
 * Runs a window again, and returns the label of the first layer whose output is not finite; undefined if every output is.
 * Reads outputs one by one until it finds that layer.
 */
export async function firstNotFinite(
  network: NetworkBase,
  tape: Tape,
  window: Window,
  carried: CarriedState,
  { step, segments }: { readonly step: number; readonly segments?: SegmentOptions },
): Promise<string | undefined> {
  let found: string | undefined;
  const inspect = async (layer: string, output: Tensor) => {
    if (found !== undefined) return;
    const values = await network.backend.read(output);
    if (!values.every(Number.isFinite)) found = layer;
  };
  if (segments) {
    const run = new SegmentRun(network, tape, window, carried, {
      ...segments,
      recompute: true,
      step,
      inspect,
    });
    for (const stage of segments.plan.stages) await run.run(stage);
    return found;
  }
  const outputs: (readonly [layer: string, output: Tensor])[] = [];
  const watchOutputs = (layer: string, output: Tensor) => void outputs.push([layer, output]);
  forwardWindow(network, tape, window, carried, { training: true, step, watchOutputs });
  for (const [layer, output] of outputs) await inspect(layer, output);
  return found;
}
