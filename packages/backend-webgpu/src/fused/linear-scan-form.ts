import type { ScanSpec } from '@recurra/core/backend';
import type { Context } from '../memory.js';

/** The division of a scan h_t = a_t ⊙ h_{t−1} + b_t into invocations. */
export interface LinearScanForm {
  /** Units per load: 4, or 1 if `units` is not a multiple of 4. A channel is one row's load of units over all steps. */
  readonly vectorSize: 1 | 4;
  /** Each channel's steps are divided into this many chunks, one invocation for each. 1: one invocation per channel. */
  readonly chunks: number;
  /** Channels of a workgroup, which has `channels · chunks` invocations. */
  readonly channels: number;
}

/** With fewer invocations than this, most of a GPU is idle. */
const MANY_INVOCATIONS = 8192;
/** A chunk reads its steps twice, so it should have enough of them. */
const SHORTEST_CHUNK = 16;
const MOST_CHUNKS = 32;

/**
 * How a scan is divided. With many channels, each is one invocation. With few, the steps are divided too: into the fewest
 * chunks, a power of two, that give a GPU enough invocations. A software adapter has few cores, which one invocation per channel
 * keeps busy.
 */
export function linearScanForm(
  { software }: Pick<Context, 'software'>,
  { time, batch, units }: ScanSpec,
): LinearScanForm {
  const vectorSize = units % 4 === 0 ? 4 : 1;
  const channels = (batch * units) / vectorSize;
  const most = software ? 1 : Math.min(MOST_CHUNKS, time / SHORTEST_CHUNK);
  let chunks = 1;
  while (2 * chunks <= most && channels * chunks < MANY_INVOCATIONS) chunks *= 2;
  return { vectorSize, chunks, channels: Math.max(8, 64 / chunks) };
}
