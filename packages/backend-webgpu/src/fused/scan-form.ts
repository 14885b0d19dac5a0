import type { RecurrentSpec } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import type { Cell } from './cell.js';
import type { ScanForm } from './scan-division.js';
import { tileSizes } from './scan-tiled.js';

/** A form of a scan, with a name that stays the same from release to release. */
export type NamedForm = ScanForm & { readonly name: string };

/** Sequences longer than this take a dispatch per step: one dispatch could take seconds, and the driver may abort it. */
const MAX_STEPS = 1024;
/** Of a software adapter: with more rows, it has more workgroups than cores, and a dispatch per step is as fast. */
const FEW_ROWS = 16;
/** With more units, U takes longer to read by one multiprocessor than a dispatch takes. */
const FEW_UNITS = 256;
/** With fewer rows, a tile is mostly empty. */
const ROWS_OF_TILES = 5;

type Device = Pick<Context, 'software' | 'limits'>;

/**
 * The forms that may be fastest for a request, each of which the device can run. The first one is the choice where nothing was
 * measured.
 *
 * A software adapter is fastest with many rows per load and few invocations, because barriers are slow there. A GPU is
 * fastest with many invocations, and each dispatch that waits for another one takes some microseconds. So small layers are one
 * dispatch. Wide ones take a dispatch per step, which all multiprocessors share: with many rows in tiles, so that each value
 * that is read serves several products, and with few rows with k divided among invocations, so that all of them read.
 */
export function candidateForms(device: Device, spec: RecurrentSpec, cell: Cell): readonly NamedForm[] {
  const { time, batch, units } = spec;
  const width = Math.ceil(units / (units % 4 === 0 ? 4 : 1));
  const { software } = device;
  const sequences = (software ? [[8, 1]] : SEQUENCES).map(([invocations, rows]) => {
    const lanes = software ? invocations : Math.min(invocations, 2 ** Math.ceil(Math.log2(width)));
    return sequence(software ? rowsPerTile(batch) : rows, lanes, invocations / lanes, units);
  });
  const step = named('step', { kind: 'step', rows: software ? rowsPerTile(batch) : 1 });
  const shared = SHARED.filter(() => batch <= 16).map(([lanes, parts]) => sharedForm(batch, lanes, parts));
  const tiled = TILES.filter(([rows]) => batch >= ROWS_OF_TILES && rows < 2 * Math.max(batch, 8)).map(
    tiledForm,
  );
  const small = software ? batch <= FEW_ROWS : units <= FEW_UNITS;
  const steps = software ? [step, ...shared, ...tiled] : [...(batch < ROWS_OF_TILES ? shared : tiled), step];
  const all = small ? [...sequences, ...steps] : [...steps, ...sequences];
  return all.filter((form) => fits(device, form, cell) && (form.kind !== 'sequence' || time <= MAX_STEPS));
}

/** The form where nothing was measured. */
export function scanForm(device: Device, spec: RecurrentSpec, cell: Cell): NamedForm {
  return candidateForms(device, spec, cell)[0];
}

/** Of GPUs: invocations, and rows of a workgroup. */
const SEQUENCES = [
  [512, 1],
  [256, 1],
  [1024, 1],
  [256, 2],
] as const;
/** Vectors of units, and parts of k. */
const SHARED = [
  [2, 64],
  [2, 32],
  [1, 128],
  [4, 32],
] as const;
/** Rows, units, rows in registers, parts of k. */
const TILES = [
  [32, 16, 4, 1],
  [16, 16, 4, 2],
  [16, 8, 4, 4],
  [8, 16, 4, 4],
  [64, 16, 8, 1],
] as const;

function rowsPerTile(batch: number): number {
  if (batch > 4) return 8;
  return batch > 1 ? 4 : 1;
}

function sequence(rows: number, lanes: number, parts: number, units: number): NamedForm {
  // Rounded up, so that layers of nearly the same size share a pipeline: compiling one takes longer than running it.
  const capacity = Math.ceil(units / 32) * 32;
  return named(`sequence ${rows}x${lanes}x${parts}`, { kind: 'sequence', rows, lanes, parts, capacity });
}

function sharedForm(batch: number, lanes: number, parts: number): NamedForm {
  const rows = rowsPerTile(Math.min(batch, 4));
  return named(`shared ${lanes}x${parts}`, { kind: 'shared', rows, lanes, parts });
}

function tiledForm([rows, units, registerRows, parts]: (typeof TILES)[number]): NamedForm {
  return named(`tiled ${rows}x${units}`, { kind: 'tiled', rows, units, registerRows, parts });
}

const named = (name: string, form: ScanForm): NamedForm => ({ name, ...form });

/** True if the device has enough invocations and workgroup memory, forward and backward. */
function fits({ limits }: Device, form: ScanForm, { gates, forward }: Cell): boolean {
  const { maxComputeInvocationsPerWorkgroup: invocations, maxComputeWorkgroupStorageSize: storage } = limits;
  if (form.kind === 'step') return true;
  if (form.kind === 'tiled') {
    const sizes = [1, ...forward.map(({ product: [from, to] }) => to - from)].map((n) => tileSizes(form, n));
    return sizes.every((size) => size.invocations <= invocations && size.bytes <= storage);
  }
  const { rows, lanes, parts } = form;
  const bytesOfParts = parts > 1 ? 16 * rows * gates * lanes * parts : 0;
  const bytesPassed = form.kind === 'sequence' ? 2 * 4 * rows * gates * form.capacity : 0;
  return lanes * parts <= invocations && bytesOfParts + bytesPassed <= storage;
}
