import type { Context } from '../memory.js';
import type { Cell } from './cell.js';
import { type FormRequest, MAX_STEPS } from './form-class.js';
import type { ScanForm } from './scan.js';

/** With more rows, a software adapter has more workgroups than cores, and a dispatch per step is as fast. */
const FEW_ROWS = 16;
/** With more units, U is too large to be read by one workgroup, so the whole GPU should read it. */
const FEW_UNITS = 256;

/** A form with the name by which it is chosen. The name is part of files, so it never changes its meaning. */
export interface NamedForm {
  readonly name: string;
  readonly form: ScanForm;
}

/** What forms depend on, besides the request. */
type Limits = Pick<Context, 'software' | 'limits'>;

/**
 * The forms in which the scan of a request can run on this device:
 * - `sequence-ROWS`: one dispatch for the whole sequence, in which each workgroup scans a tile of ROWS rows;
 * - `step-ROWS`: one dispatch for each phase of each step, in which each invocation computes ROWS rows.
 *
 * The request is the one that stands for its class, from form-class.ts, so that all requests of a class have the same forms.
 * A software adapter is given few invocations, because barriers are slow there, and a GPU many.
 */
export function candidateForms(
  { software, limits }: Limits,
  { time, batch, units, lengths }: FormRequest,
  { gates }: Cell,
): readonly NamedForm[] {
  const vectorSize = units % 4 === 0 ? 4 : 1;
  const threads = software ? 8 : Math.ceil(units / vectorSize / 32) * 32;
  const invocations = Math.min(threads, limits.maxComputeInvocationsPerWorkgroup);
  // Rounded up, so that layers of nearly the same size share a pipeline: compiling one takes longer than running it.
  const capacity = Math.ceil(units / 32) * 32;
  return [1, 4, 8]
    .filter((rows) => rows <= rowsPerTile(batch))
    .flatMap((rows) => {
      const form: ScanForm = { vectorSize, rows, lengths };
      const bytes = 2 * rows * gates * capacity * Float32Array.BYTES_PER_ELEMENT;
      const fits = bytes <= limits.maxComputeWorkgroupStorageSize && time <= MAX_STEPS;
      const sequence = {
        name: `sequence-${rows}`,
        form: { ...form, oneDispatch: { capacity, invocations } },
      };
      return [...(fits ? [sequence] : []), { name: `step-${rows}`, form }];
    });
}

/**
 * The rule: the form that serves where nothing was measured. A software adapter is fastest with many rows per load, and a GPU with
 * many invocations.
 */
export function scanForm(context: Limits, spec: FormRequest, cell: Cell): NamedForm {
  const { software } = context;
  const { batch, units } = spec;
  const rows = software ? rowsPerTile(batch) : 1;
  const faster = software ? batch <= FEW_ROWS : units <= FEW_UNITS;
  const forms = candidateForms(context, spec, cell);
  const named = (name: string) => forms.find((form) => form.name === name);
  return ((faster && named(`sequence-${rows}`)) || named(`step-${rows}`)) as NamedForm;
}

/** The most rows of a tile that is not mostly empty. */
function rowsPerTile(batch: number): number {
  if (batch > 4) return 8;
  return batch > 1 ? 4 : 1;
}
