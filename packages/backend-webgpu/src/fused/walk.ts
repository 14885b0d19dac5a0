/* What the walks over a sequence have in common: how they are cut into work, and all of their code but the phases. */
import { lines, range } from './text.js';

/** How a walk is cut into work. Part of a pipeline's key, as is all that its code depends on. */
export interface WalkForm {
  /** Units in one load: 4, or 1 where `units` is not a multiple of 4. */
  readonly lanes: 1 | 4;
  /** Rows of the batch that one invocation computes, so that each load of U serves them all. */
  readonly rows: number;
  /** A length per row is given. */
  readonly lengths: boolean;
  /**
   * One dispatch for the whole sequence, a workgroup walking it with its tile of rows and what goes from step to step
   * in workgroup memory, which has room for so many units; else one dispatch for each phase of each step.
   */
  readonly whole?: { readonly room: number; readonly invocations: number };
}

/** A storage buffer: its name, and whether it is written. */
export type Storage = readonly [name: string, access: 'read' | 'read_write'];

export interface WalkCode {
  /** In the order in which they are bound; the uniforms of {@link walkCode} come after them. */
  readonly storage: readonly Storage[];
  /** G */
  readonly gates: number;
  /** Which input step the walk's step `s` is at. */
  readonly time: string;
  /** How many phases a step has, and which one this is where each has a dispatch. */
  readonly phases: number;
  readonly phase: number;
  /** Code of `fn run0(s: u32, tile: u32, unit: u32)`…: one phase for a tile of rows and one vector of units. */
  readonly run: (phase: number) => string;
  /** Vectors, each of a unit of all rows of the tile, that go from phase to phase. */
  readonly slots: number;
  /** Where the walk is one dispatch: what is passed to its first phase, for `row` and `unit`, if anything. */
  readonly first?: string;
}

/**
 * WGSL of a walk. `walk.width` counts vectors of units, `V`; `walk.step` is the step, or how many there are where the
 * walk is one dispatch.
 */
export function walkCode(form: WalkForm, code: WalkCode): string {
  const { lanes, rows, lengths, whole } = form;
  const { storage, gates, time, phases, phase, run, slots } = code;
  return lines(
    `alias V = ${lanes === 4 ? 'vec4<f32>' : 'f32'};`,
    `alias Bits = ${lanes === 4 ? 'vec4<u32>' : 'u32'};`,
    `const ROWS = ${rows}u;`,
    `const GATES = ${gates}u;`,
    'struct Walk { time: u32, batch: u32, width: u32, reverse: u32, step: u32 }',
    storage.map(([name, access], i) => {
      const element = name === 'lengths' ? 'f32' : 'V';
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`;
    }),
    `@group(0) @binding(${storage.length}) var<uniform> walk: Walk;`,
    CELL_FUNCTIONS,
    `fn timeOf(s: u32) -> u32 { return ${time}; }`,
    `fn isAlive(t: u32, row: u32) -> bool { return ${lengths ? 'f32(t) < lengths[row]' : 'true'}; }`,
    PLACES,
    whole !== undefined && `const SLOTS = ${slots}u;`,
    whole !== undefined && `var<workgroup> passed: array<V, ${(2 * rows * slots * whole.room) / lanes}>;`,
    whole !== undefined && PASSED,
    (whole ? range(phases) : [phase]).map(run),
    whole ? wholeEntry(whole.invocations, code) : stepEntry(code),
  );
}

/** One workgroup for a tile of rows. What one phase passes on, the next reads after the barrier. */
const wholeEntry = (invocations: number, { phases, first }: WalkCode) =>
  lines(
    `@compute @workgroup_size(${invocations})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {`,
    first !== undefined &&
      `  for (var unit = lane; unit < walk.width; unit += ${invocations}u) {
    for (var r = 0u; r < ROWS; r++) {
      let row = min(group.x * ROWS + r, walk.batch - 1u);
      passed[passedAt(0u, r, 0u) + unit] = ${first};
    }
  }`,
    '  for (var s = 0u; s < walk.step; s++) {',
    range(phases).map(
      (p) => `    workgroupBarrier();
    for (var unit = lane; unit < walk.width; unit += ${invocations}u) { run${p}(s, group.x, unit); }`,
    ),
    '  }',
    '}',
  );

const stepEntry = ({ storage, phase }: WalkCode) =>
  lines(
    `@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  // A phase may not use all that is bound.`,
    storage.map(([name]) => `  _ = &${name};`),
    `  if (id.x < walk.width && id.y * ROWS < walk.batch) { run${phase}(walk.step, id.y, id.x); }
}`,
  );

/** The functions of the cells saturate, and never give NaN for a number. NaN is told by its bits: exp may hide it. */
const CELL_FUNCTIONS = `
fn keepNaN(x: V, y: V) -> V {
  return select(y, x, (bitcast<Bits>(x) & Bits(0x7fffffffu)) > Bits(0x7f800000u));
}

fn sigmoid(x: V) -> V { return keepNaN(x, 1.0 / (1.0 + exp(-x))); }

fn rectified(x: V) -> V { return keepNaN(x, max(x, V())); }

// Built-in tanh overflows on some devices. The quotient loses digits near 0, where the series has them.
fn hyperbolic(x: V) -> V {
  let square = x * x;
  let series = x * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  let quotient = 1.0 - 2.0 / (exp(2.0 * clamp(x, V(-20.0), V(20.0))) + 1.0);
  return keepNaN(x, select(quotient, series, abs(x) < V(0.2)));
}
`;

const PLACES = `
// Where the units of a row are at an input step: in [T, B, H], and in [T, B, G, H].
fn stateAt(t: u32, row: u32) -> u32 { return (t * walk.batch + row) * walk.width; }
fn gateAt(t: u32, row: u32) -> u32 { return stateAt(t, row) * GATES; }
// Where the second array is in the buffer of what is kept.
fn second() -> u32 { return walk.time * walk.batch * walk.width; }
`;

const PASSED = `
// Two halves, read and written in turn.
fn passedAt(half: u32, tileRow: u32, slot: u32) -> u32 {
  return ((half * ROWS + tileRow) * SLOTS + slot) * walk.width;
}
`;
