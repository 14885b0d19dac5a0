/*
 * The forms of a scan whose products are computed in registers: 'sequence', 'step' and 'shared'. Where several invocations share
 * a product, the parts of its sums are added in pairs in workgroup memory.
 */
import { lines, range } from '../text.js';
import { phasesOf, type ScanCode } from './scan.js';
import { type RegisterForm, type SequenceForm, STEP_SIZE } from './scan-division.js';

export const partsOf = (form: RegisterForm) => (form.kind === 'step' ? 1 : form.parts);

/**
 * The end of `multiply0`…: finishes each row, or adds the parts of its sums in pairs. `sums` are the names of a row's sums. The
 * invocations with the second half of the parts store theirs, and their partners add.
 */
export function useSums(form: RegisterForm, phase: number, sums: (row: number) => readonly string[]): string {
  const all = range(form.rows).flatMap(sums);
  if (partsOf(form) === 1) {
    const count = sums(0).length;
    const own = range(count).map((i) => `row[r * ${count}u + ${i}u]`);
    return lines(
      // A loop, because the rest of a phase is long, and a software adapter takes long to compile it for each row.
      `  var row = array<V, ${all.length}>(${all.join(', ')});`,
      `  for (var r = 0u; r < ROWS; r++) { finish${phase}(s, t, tile, r, unit, ${own.join(', ')}); }`,
    );
  }
  return lines(
    '  let slot = slotOf(part % HALF, lane);',
    `  if (part >= HALF) { ${all.map((x, i) => `sums[${i}u * SLOTS_OF_SUMS + slot] = ${x};`).join(' ')} }`,
    '  workgroupBarrier();',
    `  if (part < HALF) { ${all.map((x, i) => `sums[${i}u * SLOTS_OF_SUMS + slot] += ${x};`).join(' ')} }`,
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
    parts > 1 && sumsCode(most * form.rows, code.adjacentParts),
    own.map((p) => multiply(p, form)),
    parts > 1 && own.map((p) => addParts(p, code)),
    entry(form, code),
  );
}

/**
 * The sums of half of the parts. Adjacent invocations have adjacent slots, so that they are in different banks of the memory.
 */
const sumsCode = (count: number, adjacentParts: boolean) => `
const HALF = PARTS / 2u;
const SLOTS_OF_SUMS = HALF * LANES;
var<workgroup> sums: array<V, ${count}u * SLOTS_OF_SUMS>;
fn slotOf(part: u32, lane: u32) -> u32 { return ${adjacentParts ? 'lane * HALF + part' : 'part * LANES + lane'}; }`;

/** `fn run0(s: u32, tile: u32, unit: u32, part: u32, lane: u32)`: a phase whose products several invocations share. */
function addParts(p: number, { products }: ScanCode): string {
  const count = products(p);
  const sums = range(count).map((i) => `sums[(r * ${count}u + ${i}u) * SLOTS_OF_SUMS + slotOf(0u, lane)]`);
  return `
fn run${p}(s: u32, tile: u32, unit: u32, part: u32, lane: u32) {
  // Every invocation gets to the barriers, so those past the last unit multiply it again.
  multiply${p}(s, tile, min(unit, scan.width - 1u), part, lane);
  for (var half = HALF / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (part < half) {
      for (var i = 0u; i < ${count}u * ROWS; i++) {
        sums[i * SLOTS_OF_SUMS + slotOf(part, lane)] += sums[i * SLOTS_OF_SUMS + slotOf(part + half, lane)];
      }
    }
  }
  workgroupBarrier();
  if (unit < scan.width) {
    for (var r = part; r < ROWS; r += PARTS) { finish${p}(s, timeOf(s), tile, r, unit, ${sums.join(', ')}); }
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
    const run = `  run${phase}(scan.step, workgroup.y, workgroup.x * LANES + lane, part, lane);`;
    return lines(start, run, '}');
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
    for (var unit = lane; unit < scan.width; unit += LANES) { multiply${p}(s, workgroup.x, unit, 0u, lane); }`;

/** The first barrier also ends the use of the parts by the round before. */
const dividedPhase = (p: number) => `    for (var first = 0u; first < scan.width; first += LANES) {
      workgroupBarrier();
      run${p}(s, workgroup.x, first + lane, part, lane);
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
