/* The forms of a scan: how it is divided into dispatches, workgroups and invocations. */
import { vectorSizeOf } from '../wgsl.js';

/**
 * The division of a scan into dispatches, workgroups and invocations. In all forms but the tiled one, an invocation computes
 * one vector of units for `rows` rows of the batch, so that each load of U serves all these rows.
 */
export type ScanForm = RegisterForm | TiledForm;

export type RegisterForm = SequenceForm | StepForm | SharedForm;

/** One dispatch for the whole sequence: a workgroup scans it for `rows` rows, and keeps what steps pass on in workgroup memory. */
export interface SequenceForm {
  readonly kind: 'sequence';
  readonly rows: number;
  /** The vectors of units that a workgroup computes at a time. */
  readonly lanes: number;
  /** The invocations that share the product of one vector of units, each over a part of k: a power of two. */
  readonly parts: number;
  /** The most units that its workgroup memory has space for. */
  readonly capacity: number;
}

/** One dispatch for each phase of each step, without workgroup memory. */
export interface StepForm {
  readonly kind: 'step';
  readonly rows: number;
}

/** One dispatch for each phase of each step. Many workgroups share it: each has few units, and divides k among its invocations. */
export interface SharedForm {
  readonly kind: 'shared';
  readonly rows: number;
  /** The vectors of units of a workgroup. */
  readonly lanes: number;
  /** The invocations that share the product of one vector of units, each over a part of k: a power of two, at least 2. */
  readonly parts: number;
}

/** One dispatch for each phase of each step. A workgroup computes a tile of `rows` by `units`, with the operands in workgroup memory. */
export interface TiledForm {
  readonly kind: 'tiled';
  /** A multiple of `registerRows`. */
  readonly rows: number;
  /** A multiple of 4. */
  readonly units: number;
  /** The rows that an invocation computes: a multiple of 4. */
  readonly registerRows: number;
  /** The invocations that share an element, each over a part of k, if the phase has three or four products for each unit. */
  readonly parts: number;
  /** The values of k that each part has in workgroup memory at a time. */
  readonly block: number;
}

/** Units per load: 4 where rows of units are whole vectors, but 1 in tiles, whose vectors are those of workgroup memory. */
export function unitsPerLoad(form: ScanForm, units: number): 1 | 4 {
  return form.kind === 'tiled' ? 1 : vectorSizeOf(units);
}

/** The workgroups of each dispatch. */
export function workgroupsOf(form: ScanForm, batch: number, units: number): readonly [number, number] {
  const width = units / unitsPerLoad(form, units);
  const tiles = Math.ceil(batch / form.rows);
  if (form.kind === 'sequence') return [tiles, 1];
  if (form.kind === 'step') return [Math.ceil(width / STEP_SIZE[0]), Math.ceil(tiles / STEP_SIZE[1])];
  return [Math.ceil(width / (form.kind === 'tiled' ? form.units : form.lanes)), tiles];
}

/** The workgroup of a {@link StepForm}: vectors of units by tiles of rows. */
export const STEP_SIZE = [8, 4] as const;
