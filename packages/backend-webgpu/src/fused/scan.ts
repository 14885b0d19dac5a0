/*
 * What the forward and backward scans tell of their phases, and the code that all of their forms share. The rest of the code
 * is in scan-register.ts and scan-tiled.ts.
 */
import { lines, range } from '../text.js';
import type { RegisterForm, ScanForm } from './scan-division.js';

/** What the code of a scan depends on, in addition to the cell. */
export interface ScanOptions {
  readonly form: ScanForm;
  /** Units per load. */
  readonly vectorSize: 1 | 4;
  /** True if there is a length per row. */
  readonly lengths: boolean;
}

/** A storage buffer: its name and its access. */
export type Storage = readonly [name: string, access: 'read' | 'read_write'];

/** The product of a phase: p [rows, units, products] = left [rows, depth] · right [depth, units, products]. */
export interface TiledProduct {
  /** The number of products of each unit: the gates of the phase forward, 1 backward. */
  readonly products: number;
  /** The length of k, as an expression. */
  readonly depth: string;
  /** An element of the left operand for `row` and `k`, as an expression. */
  readonly left: string;
  /** An element of the right operand for `k`, `unit` and a product, as an expression. */
  readonly right: (product: number) => string;
  /** True if neighbours along k are neighbours in the right operand's buffer; false if those along units are. */
  readonly rightAlongDepth: boolean;
  /** The condition for the product; without it, it is zero. */
  readonly condition?: string;
  /** Added to a product for `unit`, as an expression. */
  readonly bias?: (product: number) => string;
}

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
  /**
   * The code of `fn finish0(s: u32, t: u32, tile: u32, tileRow: u32, unit: u32, p0: V, …)`…: the rest of a phase for one row and
   * one vector of units, given its products.
   */
  readonly finish: (phase: number) => string;
  /** The number of products of a phase for each unit. */
  readonly products: (phase: number) => number;
  /**
   * The code of `fn multiply0(s: u32, tile: u32, unit: u32, part: u32, lane: u32)`…: the products of a phase for a tile of
   * rows and one vector of units.
   */
  readonly multiply: (phase: number, form: RegisterForm) => string;
  /** True if adjacent invocations have adjacent parts of k, and not adjacent units: U is read along its rows. */
  readonly adjacentParts: boolean;
  /** The same products for tiles in workgroup memory. */
  readonly tiled: (phase: number) => TiledProduct;
  /** The number of values of each unit and row that are passed between phases. */
  readonly slots: number;
  /**
   * The value passed to the first phase of the first step for `row` and `unit`, as an expression, if there is
   * one.
   */
  readonly initial?: string;
}

/**
 * The start of a kernel: its bindings, and the functions that its phases call. `scan.width` counts vectors of units, `V`.
 * `scan.step` is the step or, in one dispatch for the whole sequence, the number of steps.
 */
export function scanStart({ form, vectorSize, lengths }: ScanOptions, code: ScanCode): string {
  const { storage, gates, time, finish } = code;
  return lines(
    `alias V = ${vectorSize === 4 ? 'vec4<f32>' : 'f32'};`,
    `alias Bits = ${vectorSize === 4 ? 'vec4<u32>' : 'u32'};`,
    `const ROWS = ${form.rows}u;`,
    `const GATES = ${gates}u;`,
    'struct Scan { time: u32, batch: u32, width: u32, reverse: u32, training: u32, step: u32 }',
    storage.map(([name, access], i) => {
      const element = name === 'lengths' ? 'f32' : 'V';
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`;
    }),
    `@group(0) @binding(${storage.length}) var<uniform> scan: Scan;`,
    CELL_FUNCTIONS,
    `fn timeOf(s: u32) -> u32 { return ${time}; }`,
    `fn isWithinLength(t: u32, row: u32) -> bool { return ${lengths ? 'f32(t) < lengths[row]' : 'true'}; }`,
    INDEX_FUNCTIONS,
    phasesOf(form, code).map(finish),
  );
}

/** The phases of a kernel: all, if it runs the whole sequence. */
export function phasesOf(form: ScanForm, { phases, phase }: Pick<ScanCode, 'phases' | 'phase'>): number[] {
  return form.kind === 'sequence' ? range(phases) : [phase];
}

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
