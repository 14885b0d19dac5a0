import type { Cell } from './cells.js';
import { lines, range } from './text.js';
import { type Storage, type WalkForm, walkCode } from './walk.js';

/**
 * WGSL of the walk back. It writes `da`, the gradient of x·W + b of all steps (`du`: of h·U + b', where they are
 * apart), and leaves the gradient of the initial state in `carriedH` and `carriedC`, which start with that of the final
 * state. Step number `time` does nothing but that: it adds the product that is still to come.
 *
 * @param phase which phase of a step; all of them where the walk is one dispatch
 */
export function backwardWalk(cell: Cell, form: WalkForm, dy: boolean, phase: number): string {
  const storage: Storage[] = [
    ['gates', 'read'],
    ['kept', 'read'],
    ['kernel', 'read'],
    ['da', 'read_write'],
  ];
  if (cell.apart) storage.push(['du', 'read_write']);
  storage.push(['carriedH', 'read_write']);
  if (cell.states === 2) storage.push(['carriedC', 'read_write']);
  if (dy) storage.push(['dy', 'read']);
  if (form.lengths) storage.push(['lengths', 'read']);
  return walkCode(form, {
    storage,
    gates: cell.gates,
    time: 'select(walk.time - 1u - s, s, walk.reverse == 1u)',
    phases: cell.backward.length,
    phase,
    run: (p) => lines(finish(cell, form, p, dy), product(cell, form, p)),
    slots: cell.gates,
  });
}

/** The product of a phase, of gradients of gates with rows of U: for each row of the tile. */
function product(cell: Cell, { lanes, rows, whole }: WalkForm, p: number): string {
  const [from, to] = cell.backward[p].product;
  const source = whole ? 'passed' : cell.apart ? 'du' : 'da';
  /** The first phase's is of the step after, which has been walked before; the second one's of this step. */
  const fromRow = (r: number) => {
    if (whole) return `passedAt(${p === 0 ? 's & 1u' : '1u - (s & 1u)'}, ${r}u, 0u)`;
    return `gateAt(${p === 0 ? 'timeOf(s - 1u)' : 't'}, min(tile * ROWS + ${r}u, walk.batch - 1u))`;
  };
  const add = (r: number) => {
    const sums = range(lanes).map((i) => `dot(x${r}, w${i})`);
    return lanes === 4 ? `p${r} += V(${sums.join(', ')});` : `p${r} = fma(x${r}, w0, p${r});`;
  };
  return lines(
    `fn run${p}(s: u32, tile: u32, unit: u32) {`,
    p > 0 && '  if (s == walk.time) { return; }',
    '  let t = timeOf(s);',
    range(rows).map((r) => `  var p${r} = V();`),
    p === 0 ? '  if (s > 0u) {' : '  {',
    range(lanes).map((i) => `    let u${i} = (unit * ${lanes}u + ${i}u) * GATES * walk.width;`),
    range(rows).map((r) => `    let from${r} = ${fromRow(r)};`),
    `    for (var k = ${from}u * walk.width; k < ${to}u * walk.width; k++) {`,
    range(lanes).map((i) => `      let w${i} = kernel[u${i} + k];`),
    range(rows).flatMap((r) => [`      let x${r} = ${source}[from${r} + k];`, `      ${add(r)}`]),
    '    }',
    '  }',
    range(rows).map((r) => `  finish${p}(s, t, tile, ${r}u, unit, p${r});`),
    '}',
  );
}

/** What a phase makes of its product, for one row. Past the row's length, gradients of the state pass by. */
function finish(cell: Cell, { whole }: WalkForm, p: number, dy: boolean): string {
  const { code, gates, recurrent, dh, dc } = cell.backward[p];
  const hasC = cell.states === 2;
  const found = (g: number) =>
    lines(
      `  let found${g} = select(V(), ${gates[g]}, alive);`,
      `  da[gate + ${g}u * walk.width] = found${g};`,
      recurrent !== undefined && `  let recurrent${g} = select(V(), ${recurrent[g]}, alive);`,
      recurrent !== undefined && `  du[gate + ${g}u * walk.width] = recurrent${g};`,
      whole !== undefined &&
        `  passed[passedAt(1u - (s & 1u), tileRow, ${g}u) + unit] = ${recurrent ? 'recurrent' : 'found'}${g};`,
    );
  return lines(
    `fn finish${p}(s: u32, t: u32, tile: u32, tileRow: u32, unit: u32, p: V) {`,
    '  let row = tile * ROWS + tileRow;',
    '  if (row >= walk.batch) { return; }',
    '  let own = row * walk.width + unit;',
    p === 0 && '  if (s == walk.time) { carriedH[own] += p; return; }',
    '  let at = stateAt(t, row) + unit;',
    '  let gate = gateAt(t, row) + unit;',
    '  let alive = isAlive(t, row);',
    p > 0
      ? '  let dh = carriedH[own];'
      : `  let dh = carriedH[own] + p${dy ? ' + select(V(), dy[at], alive)' : ''};`,
    '  let h0 = kept[at];',
    hasC && '  let c0 = kept[second() + at];',
    hasC && '  let dc = carriedC[own];',
    !hasC && cell.savesMore && '  let more = kept[second() + at];',
    range(cell.gates).map((g) => `  let s${g} = gates[gate + ${g}u * walk.width];`),
    code,
    Object.keys(gates).map((g) => found(Number(g))),
    `  carriedH[own] = select(dh, ${dh}, alive);`,
    dc !== undefined && `  carriedC[own] = select(dc, ${dc}, alive);`,
    '}',
  );
}
