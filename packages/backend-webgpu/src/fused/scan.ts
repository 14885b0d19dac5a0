/*
 * The code that the forward and backward scans share: the division of work, and everything except the phases.
 */
import { lines, range } from '../text.js';

/** The division of a scan into workgroups and invocations. */
export interface ScanForm {
  /** Units per load: 4, or 1 if `units` is not a multiple of 4. */
  readonly vectorSize: 1 | 4;
  /** The rows of the batch that one invocation computes, its tile, so that each load of U serves them all. */
  readonly rows: number;
  /** True if there is a length per row. */
  readonly lengths: boolean;
  /**
   * One dispatch for the whole sequence: each workgroup scans it for its tile of rows, and keeps the values
   * passed between steps in workgroup memory, which has space for `capacity` units. Absent: one dispatch for
   * each phase of each step.
   */
  readonly oneDispatch?: { readonly capacity: number; readonly invocations: number };
}

/** A storage buffer: its name and its access. */
export type Storage = readonly [name: string, access: 'read' | 'read_write'];

export interface ScanCode {
  /** In the order of their bindings; the uniforms of {@link scanCode} come after them. */
  readonly storage: readonly Storage[];
  /** G */
  readonly gates: number;
  /** The input step of the scan's step `s`, as an expression. */
  readonly time: string;
  /** The number of phases of a step, and the phase of this kernel unless one dispatch has them all. */
  readonly phases: number;
  readonly phase: number;
  /** The code of `fn run0(s: u32, tile: u32, unit: u32)`…: one phase of a step for a tile of rows and one vector of units. */
  readonly run: (phase: number) => string;
  /** The number of values of each unit and row that are passed between phases. */
  readonly slots: number;
  /**
   * The value passed to the first phase of the first step for `row` and `unit`, as an expression, if there is
   * one.
   */
  readonly initial?: string;
}

/**
 * WGSL of a scan. `scan.width` counts vectors of units, `V`. `scan.step` is the step or, in one dispatch for the whole
 * sequence, the number of steps.
 */
export function scanCode(form: ScanForm, code: ScanCode): string {
  const { vectorSize, rows, lengths, oneDispatch } = form;
  const { storage, gates, time, phases, phase, run, slots } = code;
  return lines(
    `alias V = ${vectorSize === 4 ? 'vec4<f32>' : 'f32'};`,
    `alias Bits = ${vectorSize === 4 ? 'vec4<u32>' : 'u32'};`,
    `const ROWS = ${rows}u;`,
    `const GATES = ${gates}u;`,
    'struct Scan { time: u32, batch: u32, width: u32, reverse: u32, step: u32 }',
    storage.map(([name, access], i) => {
      const element = name === 'lengths' ? 'f32' : 'V';
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`;
    }),
    `@group(0) @binding(${storage.length}) var<uniform> scan: Scan;`,
    CELL_FUNCTIONS,
    `fn timeOf(s: u32) -> u32 { return ${time}; }`,
    `fn isWithinLength(t: u32, row: u32) -> bool { return ${lengths ? 'f32(t) < lengths[row]' : 'true'}; }`,
    INDEX_FUNCTIONS,
    oneDispatch !== undefined && `const SLOTS = ${slots}u;`,
    oneDispatch !== undefined &&
      `var<workgroup> passed: array<V, ${(2 * rows * slots * oneDispatch.capacity) / vectorSize}>;`,
    oneDispatch !== undefined && PASSED,
    (oneDispatch ? range(phases) : [phase]).map(run),
    oneDispatch ? sequenceEntry(oneDispatch.invocations, code) : stepEntry(code),
  );
}

/**
 * All steps, with one workgroup for a tile of rows. Each phase reads the values of the previous one after the
 * barrier.
 */
const sequenceEntry = (invocations: number, { phases, initial }: ScanCode) =>
  lines(
    `@compute @workgroup_size(${invocations})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {`,
    initial !== undefined &&
      `  for (var unit = lane; unit < scan.width; unit += ${invocations}u) {
    for (var r = 0u; r < ROWS; r++) {
      let row = min(workgroup.x * ROWS + r, scan.batch - 1u);
      passed[passedIndex(0u, r, 0u) + unit] = ${initial};
    }
  }`,
    '  for (var s = 0u; s < scan.step; s++) {',
    range(phases).map(
      (p) => `    workgroupBarrier();
    for (var unit = lane; unit < scan.width; unit += ${invocations}u) { run${p}(s, workgroup.x, unit); }`,
    ),
    '  }',
    '}',
  );

/** One phase of one step. */
const stepEntry = ({ storage, phase }: ScanCode) =>
  lines(
    `@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  // A phase need not use every buffer that is bound.`,
    storage.map(([name]) => `  _ = &${name};`),
    `  if (id.x < scan.width && id.y * ROWS < scan.batch) { run${phase}(scan.step, id.y, id.x); }
}`,
  );

/** The cells' functions saturate, and give NaN only for NaN, which is tested by its bits because exp may hide it. */
const CELL_FUNCTIONS = `
fn keepNaN(x: V, y: V) -> V {
  return select(y, x, (bitcast<Bits>(x) & Bits(0x7fffffffu)) > Bits(0x7f800000u));
}

fn sigmoid(x: V) -> V { return keepNaN(x, 1.0 / (1.0 + exp(-x))); }

fn rectified(x: V) -> V { return keepNaN(x, max(x, V())); }

// WGSL's tanh overflows on some devices. Near 0, where the quotient would lose digits, it is a series.
fn hyperbolic(x: V) -> V {
  let square = x * x;
  let series = x * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  let quotient = 1.0 - 2.0 / (exp(2.0 * clamp(x, V(-20.0), V(20.0))) + 1.0);
  return keepNaN(x, select(quotient, series, abs(x) < V(0.2)));
}
`;

const INDEX_FUNCTIONS = `
// The index of a row's units at input step t: in [T, B, H], and in [T, B, G, H].
fn stateIndex(t: u32, row: u32) -> u32 { return (t * scan.batch + row) * scan.width; }
fn gateIndex(t: u32, row: u32) -> u32 { return stateIndex(t, row) * GATES; }
// The index of the extra array in the buffer of states.
fn extraStart() -> u32 { return scan.time * scan.batch * scan.width; }
`;

const PASSED = `
// Two halves: one is read while the other is written, and they change roles at every step.
fn passedIndex(half: u32, tileRow: u32, slot: u32) -> u32 {
  return ((half * ROWS + tileRow) * SLOTS + slot) * scan.width;
}
`;
