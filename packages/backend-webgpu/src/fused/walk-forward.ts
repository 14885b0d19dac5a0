import type { Cell } from './cells.js';
import { lines, range } from './text.js';
import { type Storage, type WalkForm, walkCode } from './walk.js';

/**
 * WGSL of the walk over a sequence. `gates` holds x·W + b of all steps and takes the gates' values in their place;
 * `kept` holds the state before each step, which starts with the initial one, and after it the cell's second array.
 *
 * @param phase which phase of a step; all of them where the walk is one dispatch
 */
export function forwardWalk(cell: Cell, form: WalkForm, recurrentBias: boolean, phase: number): string {
  const storage: Storage[] = [
    ['gates', 'read_write'],
    ['kept', 'read_write'],
    ['kernel', 'read'],
    ['y', 'read_write'],
    ['lastH', 'read_write'],
  ];
  if (cell.states === 2) storage.push(['lastC', 'read_write']);
  if (recurrentBias) storage.push(['recurrentBias', 'read']);
  if (form.lengths) storage.push(['lengths', 'read']);
  return walkCode(form, {
    storage,
    gates: cell.gates,
    time: 'select(s, walk.time - 1u - s, walk.reverse == 1u)',
    phases: cell.forward.length,
    phase,
    run: (p) => lines(finish(cell, form, p), product(cell, form, p, recurrentBias)),
    slots: cell.forward.length,
    first: 'kept[stateAt(timeOf(0u), row) + unit]',
  });
}

/** The recurrent product of a phase: for each row of the tile, and each of the phase's gates. */
function product(cell: Cell, { lanes, rows, whole }: WalkForm, p: number, recurrentBias: boolean): string {
  const gates = gatesOf(cell, p);
  const source = whole ? 'passed' : 'kept';
  const from = (r: number) => {
    if (whole) return `passedAt(${p === 0 ? 's & 1u' : '1u - (s & 1u)'}, ${r}u, ${p}u)`;
    return `${p === 0 ? '' : 'second() + '}stateAt(t, min(tile * ROWS + ${r}u, walk.batch - 1u))`;
  };
  const start = (g: number) => (recurrentBias ? `recurrentBias[${g}u * walk.width + unit]` : 'V()');
  /** One row of U: the same unit of h, for all gates. */
  const rowOfU = (i: number) => {
    const x = (r: number) => (lanes === 4 ? `V(x${r}.${'xyzw'[i]})` : `x${r}`);
    return lines(
      '    {',
      gates.map((g) => `      let w${g} = kernel[at + ${g}u * walk.width];`),
      gates.flatMap((g) => range(rows).map((r) => `      u${g}_${r} = fma(${x(r)}, w${g}, u${g}_${r});`)),
      '      at += GATES * walk.width;',
      '    }',
    );
  };
  return lines(
    `fn run${p}(s: u32, tile: u32, unit: u32) {`,
    '  let t = timeOf(s);',
    range(rows).map((r) => `  let from${r} = ${from(r)};`),
    gates.flatMap((g) => range(rows).map((r) => `  var u${g}_${r} = ${start(g)};`)),
    '  var at = unit;',
    '  for (var k = 0u; k < walk.width; k++) {',
    range(rows).map((r) => `    let x${r} = ${source}[from${r} + k];`),
    range(lanes).map(rowOfU),
    '  }',
    range(rows).map(
      (r) => `  finish${p}(s, t, tile, ${r}u, unit, ${gates.map((g) => `u${g}_${r}`).join(', ')});`,
    ),
    '}',
  );
}

/** What a phase makes of its products, for one row. */
function finish(cell: Cell, { whole }: WalkForm, p: number): string {
  const { code, gates: saved, more, passes } = cell.forward[p];
  const gates = gatesOf(cell, p);
  const hasC = cell.states === 2;
  const pass = (value: string, slot: number) =>
    whole !== undefined && `  passed[passedAt(1u - (s & 1u), tileRow, ${slot}u) + unit] = ${value};`;
  return lines(
    `fn finish${p}(s: u32, t: u32, tile: u32, tileRow: u32, unit: u32, ${gates.map((g) => `u${g}: V`).join(', ')}) {`,
    '  let row = tile * ROWS + tileRow;',
    '  if (row >= walk.batch) { return; }',
    '  let at = stateAt(t, row) + unit;',
    '  let gate = gateAt(t, row) + unit;',
    '  let h0 = kept[at];',
    hasC && '  let c0 = kept[second() + at];',
    range(gates[0]).map((g) => `  let s${g} = gates[gate + ${g}u * walk.width];`),
    gates.map((g) => `  let a${g} = gates[gate + ${g}u * walk.width];`),
    code,
    saved.map((name, i) => `  gates[gate + ${gates[i]}u * walk.width] = ${name};`),
    more !== undefined && `  kept[second() + at] = ${more};`,
    passes === undefined && nextState(hasC),
    passes === undefined ? pass('newH', 0) : pass(passes, p + 1),
    '}',
  );
}

/** Past a row's length its output is zero and its state stands still. */
const nextState = (hasC: boolean) =>
  lines(
    '  let alive = isAlive(t, row);',
    '  y[at] = select(V(), h, alive);',
    '  let newH = select(h0, h, alive);',
    hasC && '  let newC = select(c0, c, alive);',
    '  if (s + 1u == walk.time) {',
    '    lastH[row * walk.width + unit] = newH;',
    hasC && '    lastC[row * walk.width + unit] = newC;',
    '  } else {',
    '    let next = stateAt(timeOf(s + 1u), row) + unit;',
    '    kept[next] = newH;',
    hasC && '    kept[second() + next] = newC;',
    '  }',
  );

/** The gates of a phase's product, by number. */
function gatesOf({ forward }: Cell, phase: number): number[] {
  const [from, to] = forward[phase].product;
  return range(to - from).map((i) => from + i);
}
