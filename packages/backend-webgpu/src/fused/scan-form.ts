import type { Context } from '../memory.js';
import { vectorSizeOf } from '../wgsl.js';
import type { Cell } from './cell.js';
import { type FormRequest, MAX_STEPS } from './form-class.js';
import type { ScanForm, TiledForm } from './scan-division.js';
import { tileSizes } from './scan-tiled.js';

/** A form of a scan, with the name by which it is chosen. The name is part of files: it has the same meaning in every release. */
export type NamedForm = ScanForm & { readonly name: string };

type Device = Pick<Context, 'software' | 'limits'>;

/**
 * The forms that may be fastest for a request, of which the device can run each. The first one is the choice where nothing was
 * measured. The request is one that stands for its class: see form-class.ts. A software adapter can run the forms of GPUs too, so that
 * they can be proved there.
 */
export function candidateForms(device: Device, spec: FormRequest, cell: Cell): readonly NamedForm[] {
  const ofGpus = gpuForms(spec);
  const forms = device.software
    ? [...softwareForms(spec), ...ofGpus.filter(({ kind }) => kind !== 'step')]
    : ofGpus;
  return forms.filter(
    (form) => fits(device, form, cell) && (form.kind !== 'sequence' || spec.time <= MAX_STEPS),
  );
}

/** With more rows and more units, a step has more workgroups than a sequence, so that more cores take part. */
const FEW_OF_SOFTWARE = { rows: 16, units: 64 };

/**
 * A software adapter is fastest with many rows per load and few invocations: loads and barriers are slow there. It computes four
 * invocations as one vector, so a workgroup of four never waits at a barrier.
 */
function softwareForms({ batch, units }: FormRequest): readonly NamedForm[] {
  const rows = rowsPerTile(batch);
  const capacity = capacityFor(units);
  const sequence = named('sequence', { kind: 'sequence', rows, lanes: 4, parts: 1, capacity });
  const step = named('step', { kind: 'step', rows });
  const few = batch <= FEW_OF_SOFTWARE.rows || units <= FEW_OF_SOFTWARE.units;
  return few ? [sequence, step] : [step, sequence];
}

/** With fewer rows, a tile is mostly empty. */
const FEW_ROWS = 4;
/** A GPU has work for about this many workgroups at once. With fewer, smaller tiles are better. */
const MANY_WORKGROUPS = 128;
/** The most units for which one workgroup reads U in the time that a dispatch takes: with many rows, and with few. */
const FEW_UNITS = { many: 256, few: 128 };
/** With more, one workgroup is no candidate. */
const MOST_UNITS = 512;

/**
 * A GPU is fastest with many invocations, and a dispatch that waits for another one takes some microseconds. So small layers are
 * one dispatch. Wide ones are a dispatch per step, in which all of the GPU takes part: with many rows in tiles, so that each
 * value that is read serves several products, and with few rows with k divided among invocations, so that many read at once.
 */
function gpuForms({ batch, units }: FormRequest): readonly NamedForm[] {
  const few = batch <= FEW_ROWS;
  const sequences = SEQUENCES.filter(([rows]) => rows <= batch && units <= MOST_UNITS).map((it) =>
    sequenceForm(units, ...it),
  );
  const wide = few ? SHARED.map((it) => sharedForm(batch, ...it)) : tiledForms(batch, units);
  const steps = [...wide, named('step', { kind: 'step', rows: 1 })];
  return units <= FEW_UNITS[few ? 'few' : 'many'] ? [...sequences, ...steps] : [...steps, ...sequences];
}

/** Rows and invocations of a workgroup. */
const SEQUENCES: readonly (readonly [rows: number, invocations: number])[] = [
  [1, 512],
  [1, 256],
  [1, 1024],
  [2, 512],
];
const SHARED: readonly (readonly [lanes: number, parts: number])[] = [
  [2, 64],
  [2, 32],
  [1, 128],
  [4, 32],
];
const TILES: readonly Parameters<typeof tiledForm>[] = [
  [32, 16, 4, 1, 16],
  [16, 16, 4, 2, 16],
  [16, 8, 4, 4, 8],
  [8, 16, 4, 4, 8],
  [64, 16, 8, 1, 8],
  // In the least workgroup memory that a device has.
  [8, 32, 4, 1, 8],
];

function sequenceForm(units: number, rows: number, invocations: number): NamedForm {
  const width = units / vectorSizeOf(units);
  const lanes = Math.min(invocations, 2 ** Math.ceil(Math.log2(width)));
  const capacity = capacityFor(units);
  return named(`sequence ${rows}x${invocations}`, {
    ...{ kind: 'sequence', rows, lanes, parts: invocations / lanes, capacity },
  });
}

function sharedForm(batch: number, lanes: number, parts: number): NamedForm {
  return named(`shared ${lanes}x${parts}`, { kind: 'shared', rows: batch > 1 ? 4 : 1, lanes, parts });
}

/** Of tiles that are not mostly empty: first the largest with enough workgroups or, if there is none, that with the most. */
function tiledForms(batch: number, units: number): readonly NamedForm[] {
  const tiles = TILES.filter(([rows]) => rows < 2 * batch).map((it) => tiledForm(...it));
  const count = (it: TiledForm) => Math.ceil(batch / it.rows) * Math.ceil(units / it.units);
  const most = [...tiles].sort((a, b) => count(b) - count(a))[0];
  const best = tiles.find((it) => count(it) >= MANY_WORKGROUPS) ?? most;
  return [best, ...tiles.filter((it) => it !== best)];
}

function tiledForm(
  rows: number,
  units: number,
  registerRows: number,
  parts: number,
  block: number,
): NamedForm & TiledForm {
  return { name: `tiled ${rows}x${units}`, kind: 'tiled', rows, units, registerRows, parts, block };
}

const named = (name: string, form: ScanForm): NamedForm => ({ name, ...form });

const rowsPerTile = (batch: number) => (batch > 24 ? 16 : batch > 4 ? 8 : batch > 1 ? 4 : 1);

/** Rounded up, so that layers of nearly the same size share a pipeline: compiling one takes longer than running it. */
const capacityFor = (units: number) => Math.ceil(units / 32) * 32;

/** True if the device has enough invocations and workgroup memory, forward and backward. */
function fits({ limits }: Device, form: ScanForm, { gates, forward }: Cell): boolean {
  const { maxComputeInvocationsPerWorkgroup: invocations, maxComputeWorkgroupStorageSize: storage } = limits;
  if (form.kind === 'step') return true;
  if (form.kind === 'tiled') {
    const sizes = [1, ...forward.map(({ product: [from, to] }) => to - from)].map((n) => tileSizes(form, n));
    return sizes.every((size) => size.invocations <= invocations && size.bytes <= storage);
  }
  const { rows, lanes, parts } = form;
  const bytesOfSums = parts > 1 ? 16 * rows * gates * lanes * (parts / 2) : 0;
  const bytesPassed = form.kind === 'sequence' ? 4 * 2 * rows * gates * form.capacity : 0;
  return lanes * parts <= invocations && bytesOfSums + bytesPassed <= storage;
}
