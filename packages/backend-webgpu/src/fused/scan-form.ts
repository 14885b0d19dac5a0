import type { RecurrentSpec } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import type { Cell } from './cell.js';
import type { ScanForm } from './scan.js';

/** Sequences longer than this take a dispatch per step: one dispatch could take seconds, and the driver may abort it. */
const MAX_STEPS = 1024;
/** With more rows, a software adapter has more workgroups than cores, and a dispatch per step is as fast. */
const FEW_ROWS = 16;
/** With more units, U is too large to be read by one workgroup, so the whole GPU should read it. */
const FEW_UNITS = 256;

/**
 * How the scan of a request is divided into work. A software adapter is fastest with many rows per load and
 * few invocations, because barriers are slow there. A GPU is fastest with many invocations.
 */
export function scanForm(
  { software, limits }: Pick<Context, 'software' | 'limits'>,
  spec: RecurrentSpec,
  { gates }: Cell,
): ScanForm {
  const { time, batch, units, lengths } = spec;
  const vectorSize = units % 4 === 0 ? 4 : 1;
  const rows = software ? rowsPerTile(batch) : 1;
  const threads = software ? 8 : Math.ceil(units / vectorSize / 32) * 32;
  // Rounded up, so that layers of nearly the same size share a pipeline: compiling one takes longer than running it.
  const capacity = Math.ceil(units / 32) * 32;
  const bytes = 2 * rows * gates * capacity * Float32Array.BYTES_PER_ELEMENT;
  const fits = bytes <= limits.maxComputeWorkgroupStorageSize && time <= MAX_STEPS;
  const faster = software ? batch <= FEW_ROWS : units <= FEW_UNITS;
  const invocations = Math.min(threads, limits.maxComputeInvocationsPerWorkgroup);
  return {
    ...{ vectorSize, rows, lengths },
    ...(fits && faster && { oneDispatch: { capacity, invocations } }),
  };
}

function rowsPerTile(batch: number): number {
  if (batch > 4) return 8;
  return batch > 1 ? 4 : 1;
}
