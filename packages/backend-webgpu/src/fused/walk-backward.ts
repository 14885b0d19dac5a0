import type { Cell } from './cells.js';
import { each, range } from './text.js';
import { bindings, cellFunctions, WALK, type WalkForm } from './walk.js';

/**
 * WGSL of the walk back. It writes `da`, the gradient of x·W + b of all steps (`du`: of h·U + b', where they are
 * apart), and leaves the gradient of the initial state in `carriedH` and `carriedC`, which start with that of the final state.
 * Step number `time` does nothing but that: it adds the product that is still to come.
 *
 * @param phase which phase of a step; all of them where the walk is one dispatch
 */
export function backwardWalk(cell: Cell, form: WalkForm, dy: boolean, phase: number): string {
  const { lanes, rows, lengths, whole } = form;
  const { gates: G, states, apart, savesMore } = cell;
  const phases = cell.backward.length;
  const source = apart ? 'du' : 'da';

  const storage = [
    ['gates', 'read', 'V'],
    ['kept', 'read', 'V'],
    ['kernel', 'read', 'V'],
    ['da', 'read_write', 'V'],
    ...(apart ? [['du', 'read_write', 'V'] as const] : []),
    ['carriedH', 'read_write', 'V'],
    ...(states === 2 ? [['carriedC', 'read_write', 'V'] as const] : []),
    ...(dy ? [['dy', 'read', 'V'] as const] : []),
    ...(lengths ? [['lengths', 'read', 'f32'] as const] : []),
  ] as const;

  /** Row `r` of what a phase's product is of, its vector k. `passed` has two halves: the step after, and this one. */
  const operand = (p: number, r: number) => {
    if (whole)
      return `passed[((${p === 0 ? 'half' : '1u - half'}) * ${rows}u + ${r}u) * ${G}u * walk.width + k]`;
    return `${source}[(${p === 0 ? 'timeOf(s - 1u)' : 't'} * walk.batch + row${r}) * ${G}u * walk.width + k]`;
  };

  const retreat = (p: number) => {
    const [from, to] = cell.backward[p].product;
    return `
fn retreat${p}(s: u32, tile: u32, unit: u32) {${p > 0 ? '\n  if (s == walk.time) { return; }' : ''}
  let t = timeOf(s);${each(range(rows), (r) => `let row${r} = min(tile * ${rows}u + ${r}u, walk.batch - 1u);`)}${each(range(rows), (r) => `var p${r} = V();`)}${each(
    range(lanes),
    (i) => `let from${i} = (unit * ${lanes}u + ${i}u) * ${G}u * walk.width;`,
  )}
  ${whole ? 'let half = s & 1u;' : ''}
  ${p === 0 ? 'if (s > 0u) {' : '{'}
    for (var k = ${from}u * walk.width; k < ${to}u * walk.width; k++) {${each(range(lanes), (i) => `let w${i} = kernel[from${i} + k];`, '      ')}${each(
      range(rows),
      (r) => `let x${r} = ${operand(p, r)};`,
      '      ',
    )}${each(
      range(rows),
      (r) =>
        lanes === 4
          ? `p${r} += V(${range(4)
              .map((i) => `dot(x${r}, w${i})`)
              .join(', ')});`
          : `p${r} = fma(x${r}, w0, p${r});`,
      '      ',
    )}
    }
  }${each(range(rows), (r) => `finish${p}(s, t, tile * ${rows}u + ${r}u, ${r}u, unit, p${r});`)}
}
`;
  };

  const finish = (p: number) => {
    const { code, gates, recurrent, dh: oldH, dc: oldC } = cell.backward[p];
    const found = Object.keys(gates).map(Number);
    const passed = (g: number, value: string) =>
      whole
        ? `\n  passed[((1u - (s & 1u)) * ${rows}u + tileRow) * ${G}u * walk.width + ${g}u * walk.width + unit] = ${value};`
        : '';
    return `
fn finish${p}(s: u32, t: u32, row: u32, tileRow: u32, unit: u32, p: V) {
  if (row >= walk.batch) { return; }
  let own = row * walk.width + unit;
  ${
    p === 0
      ? `if (s == walk.time) { carriedH[own] += p; return; }
  let at = (t * walk.batch + row) * walk.width + unit;
  let alive = ${lengths ? 'f32(t) < lengths[row]' : 'true'};
  let dh = carriedH[own] + p${dy ? ' + select(V(), dy[at], alive)' : ''};`
      : `let at = (t * walk.batch + row) * walk.width + unit;
  let alive = ${lengths ? 'f32(t) < lengths[row]' : 'true'};
  let dh = carriedH[own];`
  }
  let gate = (t * walk.batch + row) * ${G}u * walk.width + unit;
  let h0 = kept[at];${states === 2 ? '\n  let c0 = kept[second() + at];\n  let dc = carriedC[own];' : savesMore ? '\n  let more = kept[second() + at];' : ''}${each(range(G), (g) => `let s${g} = gates[gate + ${g}u * walk.width];`)}${code}${found
    .map(
      (g) => `
  let found${g} = select(V(), ${gates[g]}, alive);
  da[gate + ${g}u * walk.width] = found${g};${
    recurrent
      ? `
  let recurrent${g} = select(V(), ${recurrent[g]}, alive);
  du[gate + ${g}u * walk.width] = recurrent${g};`
      : ''
  }${passed(g, recurrent ? `recurrent${g}` : `found${g}`)}`,
    )
    .join('')}
  carriedH[own] = select(dh, ${oldH}, alive);${oldC ? `\n  carriedC[own] = select(dc, ${oldC}, alive);` : ''}
}
`;
  };

  const used = whole ? range(phases) : [phase];
  return `${WALK}
${bindings(storage, 'walk: Walk')}
${cellFunctions(lanes)}
fn timeOf(s: u32) -> u32 { return select(walk.time - 1u - s, s, walk.reverse == 1u); }
fn second() -> u32 { return walk.time * walk.batch * walk.width; }
${whole ? `var<workgroup> passed: array<V, ${(2 * rows * G * whole.units) / lanes}>;\n` : ''}${used.map(finish).join('')}${used.map(retreat).join('')}
${
  whole
    ? `@compute @workgroup_size(${whole.invocations}) fn main(
  @builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32
) {
  for (var s = 0u; s < walk.step; s++) {${each(
    range(phases),
    (p) => `workgroupBarrier();
    for (var unit = lane; unit < walk.width; unit += ${whole.invocations}u) { retreat${p}(s, group.x, unit); }`,
    '    ',
  )}
  }
}`
    : `@compute @workgroup_size(8, 4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= walk.width || id.y * ${rows}u >= walk.batch) { return; }
  // A phase may use not all of what is bound.${each(storage, ([name]) => `_ = &${name};`)}
  retreat${phase}(walk.step, id.y, id.x);
}`
}
`;
}
