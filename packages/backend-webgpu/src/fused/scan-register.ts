/*
 * The forms of a scan whose products are computed in registers: 'sequence', 'step' and 'shared'. Where several invocations share
 * a product, each leaves its part of the sum in workgroup memory, and the parts are added in pairs.
 */
import { lines, range } from '../text.js';
import { phasesOf, type ScanCode } from './scan.js';
import { type RegisterForm, type SequenceForm, STEP_SIZE } from './scan-division.js';

export const partsOf = (form: RegisterForm) => (form.kind === 'step' ? 1 : form.parts);

/** The end of `multiply0`…: finishes each row, or stores the parts of its sums. `sums` are the names of a row's sums. */
export function useSums(form: RegisterForm, phase: number, sums: (row: number) => readonly string[]): string {
  const rows = range(form.rows);
  if (partsOf(form) === 1)
    return lines(rows.map((r) => `  finish${phase}(s, t, tile, ${r}u, unit, ${sums(r).join(', ')});`));
  return lines(
    rows.flatMap((r) =>
      sums(r).map((x, i) => `  parts[${r * sums(r).length + i}u * INVOCATIONS + invocation] = ${x};`),
    ),
  );
}

/** The products of a scan, and the entry point. */
export function registerScan(form: RegisterForm, vectorSize: number, code: ScanCode): string {
  const { multiply, products } = code;
  const own = phasesOf(form, code);
  const parts = partsOf(form);
  const most = Math.max(...own.map(products));
  return lines(
    `const PARTS = ${parts}u;`,
    form.kind === 'sequence' && passedCode(form, vectorSize, code.slots),
    form.kind !== 'step' && `const LANES = ${form.lanes}u;`,
    form.kind !== 'step' && `const INVOCATIONS = ${form.lanes * parts}u;`,
    parts > 1 && `var<workgroup> parts: array<V, ${most * form.rows}u * INVOCATIONS>;`,
    own.map((p) => multiply(p, form)),
    parts > 1 && own.map((p) => addParts(p, code)),
    entry(form, code),
  );
}

/** `fn run0(s: u32, tile: u32, unit: u32, part: u32, invocation: u32)`: a phase whose products several invocations share. */
function addParts(p: number, { products, adjacentParts }: ScanCode): string {
  const count = products(p);
  const sums = range(count).map((i) => `parts[first + ${i}u * INVOCATIONS]`);
  return `
fn run${p}(s: u32, tile: u32, unit: u32, part: u32, invocation: u32) {
  let stride = ${adjacentParts ? '1u' : 'LANES'};
  if (unit < scan.width) { multiply${p}(s, tile, unit, part, invocation); }
  for (var half = PARTS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (part < half) {
      for (var i = invocation; i < ${count}u * ROWS * INVOCATIONS; i += INVOCATIONS) { parts[i] += parts[i + half * stride]; }
    }
  }
  workgroupBarrier();
  if (unit < scan.width) {
    for (var r = part; r < ROWS; r += PARTS) {
      let first = r * ${count}u * INVOCATIONS + invocation - part * stride;
      finish${p}(s, timeOf(s), tile, r, unit, ${sums.join(', ')});
    }
  }
}`;
}

function entry(form: RegisterForm, code: ScanCode): string {
  if (form.kind === 'step') return stepEntry(code);
  const { phase, phases, initial, adjacentParts } = code;
  const start = `@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let lane = ${adjacentParts ? 'invocation / PARTS' : 'invocation % LANES'};
  let part = ${adjacentParts ? 'invocation % PARTS' : 'invocation / LANES'};`;
  if (form.kind === 'shared') {
    const run = form.parts > 1 ? `run${phase}` : `multiply${phase}`;
    return lines(
      start,
      '  let unit = workgroup.x * LANES + lane;',
      `  ${form.parts > 1 ? '' : 'if (unit < scan.width) '}{ ${run}(scan.step, workgroup.y, unit, part, invocation); }`,
      '}',
    );
  }
  return lines(
    start,
    initial !== undefined && initialValues(initial),
    '  for (var s = 0u; s < scan.step; s++) {',
    range(phases).map((p) => (form.parts > 1 ? dividedPhase(p) : wholePhase(p))),
    '  }',
    '}',
  );
}

/** Each phase reads the values of the previous one after the barrier. */
const wholePhase = (p: number) => `    workgroupBarrier();
    for (var unit = lane; unit < scan.width; unit += LANES) { multiply${p}(s, workgroup.x, unit, 0u, invocation); }`;

/** The first barrier also ends the use of the parts by the round before. */
const dividedPhase = (p: number) => `    for (var first = 0u; first < scan.width; first += LANES) {
      workgroupBarrier();
      run${p}(s, workgroup.x, first + lane, part, invocation);
    }`;

const initialValues = (
  value: string,
) => `  for (var unit = invocation; unit < scan.width; unit += INVOCATIONS) {
    for (var r = 0u; r < ROWS; r++) {
      let row = min(workgroup.x * ROWS + r, scan.batch - 1u);
      passed[passedIndex(0u, r, 0u) + unit] = ${value};
    }
  }`;

/** One phase of one step, for several tiles of rows. */
const stepEntry = ({ phase }: ScanCode) => `@compute @workgroup_size(${STEP_SIZE.join(', ')})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < scan.width && id.y * ROWS < scan.batch) { multiply${phase}(scan.step, id.y, id.x, 0u, 0u); }
}`;

/** What the phases of a sequence pass on. */
const passedCode = ({ rows, capacity }: SequenceForm, vectorSize: number, slots: number) => `
const SLOTS = ${slots}u;
var<workgroup> passed: array<V, ${(2 * rows * slots * capacity) / vectorSize}>;
// Two halves: one is read while the other is written, and they change roles at every step.
fn passedIndex(half: u32, tileRow: u32, slot: u32) -> u32 {
  return ((half * ROWS + tileRow) * SLOTS + slot) * scan.width;
}`;
