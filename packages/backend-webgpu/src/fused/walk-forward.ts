import type { Cell } from './cells.js';
import { between, each, range } from './text.js';
import { bindings, cellFunctions, WALK, type WalkForm } from './walk.js';

/**
 * WGSL of the walk over a sequence. `gates` holds x·W + b of all steps and takes the gates' values in their place;
 * `kept` holds the state before each step, which starts with the initial one, and after it the cell's second array.
 *
 * @param phase which phase of a step; all of them where the walk is one dispatch
 */
export function forwardWalk(cell: Cell, form: WalkForm, recurrentBias: boolean, phase: number): string {
  const { lanes, rows, lengths, whole } = form;
  const { gates: G, states } = cell;
  const phases = cell.forward.length;
  const element = 'V';

  const storage = [
    ['gates', 'read_write', element],
    ['kept', 'read_write', element],
    ['kernel', 'read', element],
    ['y', 'read_write', element],
    ['lastH', 'read_write', element],
    ...(states === 2 ? [['lastC', 'read_write', element] as const] : []),
    ...(recurrentBias ? [['recurrentBias', 'read', element] as const] : []),
    ...(lengths ? [['lengths', 'read', 'f32'] as const] : []),
  ] as const;

  /** Row `r` of what a phase's product is of, its vector k. `passed` has two halves: read in one, write in the other. */
  const operand = (p: number, r: number) => {
    if (whole)
      return `passed[((${p === 0 ? 'half' : '1u - half'}) * ${rows * phases}u + ${r * phases + p}u) * walk.width + k]`;
    return `kept[${p === 0 ? '' : 'second() + '}(t * walk.batch + row${r}) * walk.width + k]`;
  };

  const advance = (p: number) => {
    const [from, to] = cell.forward[p].product;
    const inRange = between(from, to);
    return `
fn advance${p}(s: u32, tile: u32, unit: u32) {
  let t = timeOf(s);${each(range(rows), (r) => `let row${r} = min(tile * ${rows}u + ${r}u, walk.batch - 1u);`)}${each(
    inRange,
    (g) =>
      range(rows)
        .map((r) => `var u${g}_${r} = ${recurrentBias ? `recurrentBias[${g}u * walk.width + unit]` : 'V()'};`)
        .join(' '),
  )}
  ${whole ? 'let half = s & 1u;' : ''}
  var at = unit;
  for (var k = 0u; k < walk.width; k++) {${each(range(rows), (r) => `let x${r} = ${operand(p, r)};`, '    ')}${each(
    range(lanes),
    (i) =>
      `{${each(inRange, (g) => `let w${g} = kernel[at + ${g}u * walk.width];`, '      ')}${each(
        inRange,
        (g) =>
          range(rows)
            .map((r) => `u${g}_${r} = fma(V(x${r}${lanes === 4 ? `.${'xyzw'[i]}` : ''}), w${g}, u${g}_${r});`)
            .join(' '),
        '      ',
      )}
      at += ${G}u * walk.width;
    }`,
    '    ',
  )}
  }${each(range(rows), (r) => `finish${p}(s, t, tile * ${rows}u + ${r}u, ${r}u, unit, ${inRange.map((g) => `u${g}_${r}`).join(', ')});`)}
}
`;
  };

  const finish = (p: number) => {
    const { product, code, gates, more, passes } = cell.forward[p];
    const [from, to] = product;
    const isLast = p === phases - 1;
    const pass = (value: string, slot: number) =>
      whole
        ? `\n  passed[((1u - (s & 1u)) * ${rows * phases}u + tileRow * ${phases}u + ${slot}u) * walk.width + unit] = ${value};`
        : '';
    return `
fn finish${p}(s: u32, t: u32, row: u32, tileRow: u32, unit: u32, ${between(from, to)
      .map((g) => `u${g}: V`)
      .join(', ')}) {
  if (row >= walk.batch) { return; }
  let at = (t * walk.batch + row) * walk.width + unit;
  let gate = (t * walk.batch + row) * ${G}u * walk.width + unit;
  let h0 = kept[at];${states === 2 ? '\n  let c0 = kept[second() + at];' : ''}${each(between(0, from), (g) => `let s${g} = gates[gate + ${g}u * walk.width];`)}${each(
    between(from, to),
    (g) => `let a${g} = gates[gate + ${g}u * walk.width];`,
  )}${code}${each(range(gates.length), (i) => `gates[gate + ${from + i}u * walk.width] = ${gates[i]};`)}${more ? `\n  kept[second() + at] = ${more};` : ''}${
    isLast
      ? `
  let alive = ${lengths ? 'f32(t) < lengths[row]' : 'true'};
  y[at] = select(V(), h, alive);
  let newH = select(h0, h, alive);${states === 2 ? '\n  let newC = select(c0, c, alive);' : ''}
  if (s + 1u == walk.time) {
    lastH[row * walk.width + unit] = newH;${states === 2 ? '\n    lastC[row * walk.width + unit] = newC;' : ''}
  } else {
    let next = (timeOf(s + 1u) * walk.batch + row) * walk.width + unit;
    kept[next] = newH;${states === 2 ? '\n    kept[second() + next] = newC;' : ''}
  }${pass('newH', 0)}`
      : pass(passes, p + 1)
  }
}
`;
  };

  const used = whole ? range(phases) : [phase];
  return `${WALK}
${bindings(storage, 'walk: Walk')}
${cellFunctions(lanes)}
fn timeOf(s: u32) -> u32 { return select(s, walk.time - 1u - s, walk.reverse == 1u); }
fn second() -> u32 { return walk.time * walk.batch * walk.width; }
${whole ? `var<workgroup> passed: array<V, ${(2 * rows * phases * whole.units) / lanes}>;\n` : ''}${used.map(finish).join('')}${used.map(advance).join('')}
${
  whole
    ? `@compute @workgroup_size(${whole.invocations}) fn main(
  @builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32
) {
  for (var unit = lane; unit < walk.width; unit += ${whole.invocations}u) {
    for (var r = 0u; r < ${rows}u; r++) {
      let row = min(group.x * ${rows}u + r, walk.batch - 1u);
      passed[r * ${phases}u * walk.width + unit] = kept[(timeOf(0u) * walk.batch + row) * walk.width + unit];
    }
  }
  for (var s = 0u; s < walk.time; s++) {${each(
    range(phases),
    (p) => `workgroupBarrier();
    for (var unit = lane; unit < walk.width; unit += ${whole.invocations}u) { advance${p}(s, group.x, unit); }`,
    '    ',
  )}
  }
}`
    : `@compute @workgroup_size(8, 4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= walk.width || id.y * ${rows}u >= walk.batch) { return; }
  // A phase may use not all of what is bound.${each(storage, ([name]) => `_ = &${name};`)}
  advance${phase}(walk.step, id.y, id.x);
}`
}
`;
}
