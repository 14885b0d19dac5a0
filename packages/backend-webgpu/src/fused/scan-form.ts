import type { Context } from '../memory.js';
import type { Cell } from './cell.js';
import { type FormRequest, MAX_STEPS } from './form-class.js';
import type { ScanForm } from './scan.js';

/** With more rows, a software adapter has more workgroups than cores, and a dispatch per step is as fast. */
const FEW_ROWS = 16;
/** With more units, U is too large to be read by one workgroup, so the whole GPU should read it. */
const FEW_UNITS = 256;

/** A form with the name by which it is chosen. The name is part of files: it has the same meaning in every release. */
export type NamedForm = ScanForm & { readonly name: string };

type Device = Pick<Context, 'software' | 'limits'>;

/**
 * The forms in which the scan of a request can run on this device. The first one is the rule's, which serves where nothing was
 * measured:
 * - `sequence ROWS`: one dispatch for the whole sequence, in which each workgroup scans a tile of ROWS rows;
 * - `step ROWS`: one dispatch for each phase of each step, in which each invocation computes ROWS rows.
 *
 * A software adapter is fastest with many rows per load and few invocations, because barriers are slow there. A GPU is fastest
 * with many invocations. The request is one that stands for its class: see form-class.ts.
 */
export function candidateForms(
  { software, limits }: Device,
  { time, batch, units, lengths }: FormRequest,
  { gates }: Cell,
): readonly NamedForm[] {
  const vectorSize = units % 4 === 0 ? 4 : 1;
  const threads = software ? 8 : Math.ceil(units / vectorSize / 32) * 32;
  const invocations = Math.min(threads, limits.maxComputeInvocationsPerWorkgroup);
  // Rounded up, so that layers of nearly the same size share a pipeline: compiling one takes longer than running it.
  const capacity = Math.ceil(units / 32) * 32;
  const sizes = [8, 4, 1].filter((rows) => rows <= rowsPerTile(batch));
  if (!software) sizes.reverse();
  const bytesPerRow = 2 * gates * capacity * Float32Array.BYTES_PER_ELEMENT;
  const fits = (rows: number) =>
    rows * bytesPerRow <= limits.maxComputeWorkgroupStorageSize && time <= MAX_STEPS;
  const sequences = sizes.filter(fits).map(
    (rows): NamedForm => ({
      name: `sequence ${rows}`,
      ...{ vectorSize, rows, lengths, oneDispatch: { capacity, invocations } },
    }),
  );
  const steps = sizes.map((rows): NamedForm => ({ name: `step ${rows}`, vectorSize, rows, lengths }));
  const together = (software ? batch <= FEW_ROWS : units <= FEW_UNITS) && fits(sizes[0]);
  return together ? [...sequences, ...steps] : [...steps, ...sequences];
}

/** The most rows of a tile that is not mostly empty. */
function rowsPerTile(batch: number): number {
  if (batch > 4) return 8;
  return batch > 1 ? 4 : 1;
}
