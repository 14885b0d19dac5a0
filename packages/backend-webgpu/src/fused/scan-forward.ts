import { lines, range } from '../text.js';
import type { Cell } from './cell.js';
import type { ScanOptions, Storage, TiledProduct } from './scan.js';
import type { RegisterForm } from './scan-division.js';
import { scanKernel } from './scan-kernel.js';
import { partsOf, useSums } from './scan-register.js';

/** The options on which the code of a forward scan depends, in addition to the cell and the form. */
export interface ForwardOptions {
  readonly recurrentBias: boolean;
  /** Write the output of every step. */
  readonly sequence: boolean;
}

/**
 * WGSL of the forward scan. T steps, B rows, H units, G gates.
 *
 * `gates` [T, B, G·H] contains x·W + b, which a training overwrites with the gates' values. `states` [1 or 2, T, B, H] receives the
 * state before each step, and then the cell's extra array; the caller has written the initial state. `y` [T, B, H] is the
 * output, and `lastH` and `lastC` [B, H] the final state.
 *
 * @param phase the phase of a step; one dispatch for the whole sequence has all phases
 */
export function forwardScan(
  cell: Cell,
  options: ScanOptions,
  { recurrentBias, sequence }: ForwardOptions,
  phase: number,
): string {
  const { lengths, vectorSize } = options;
  const storage: Storage[] = [
    ['gates', 'read_write'],
    ['states', 'read_write'],
    ['kernel', 'read'],
  ];
  if (sequence) storage.push(['y', 'read_write']);
  storage.push(['lastH', 'read_write']);
  if (cell.states === 2) storage.push(['lastC', 'read_write']);
  if (recurrentBias) storage.push(['recurrentBias', 'read']);
  if (lengths) storage.push(['lengths', 'read']);
  return scanKernel(options, {
    storage,
    gates: cell.gates,
    time: 'select(s, scan.time - 1u - s, scan.reverse == 1u)',
    phases: cell.forward.length,
    phase,
    finish: (p) => finish(cell, options, p, sequence),
    products: (p) => gatesOf(cell, p).length,
    multiply: (p, form) => registerProduct(cell, form, vectorSize, p, recurrentBias),
    adjacentParts: false,
    tiled: (p) => tiledProduct(cell, p, recurrentBias),
    slots: cell.forward.length,
    initial: 'states[stateIndex(timeOf(0u), row) + unit]',
  });
}

/** The recurrent product of a phase, for each row of the tile and each of the phase's gates. */
function registerProduct(
  cell: Cell,
  form: RegisterForm,
  vectorSize: number,
  p: number,
  recurrentBias: boolean,
): string {
  const { rows, kind } = form;
  const gates = gatesOf(cell, p);
  const divided = partsOf(form) > 1;
  const source = kind === 'sequence' ? 'passed' : 'states';
  const from = (r: number) => {
    if (kind === 'sequence') return `passedIndex(${p === 0 ? 's & 1u' : '1u - (s & 1u)'}, ${r}u, ${p}u)`;
    return `${arrayOf(p)}stateIndex(t, min(tile * ROWS + ${r}u, scan.batch - 1u))`;
  };
  const start = (g: number) => {
    const bias = recurrentBias ? biasOf(g) : 'V()';
    return recurrentBias && divided ? `select(V(), ${bias}, part == 0u)` : bias;
  };
  /** Adds the product of one unit of h with its row of U, for all gates. */
  const rowOfU = (i: number) => {
    const x = (r: number) => (vectorSize === 4 ? `V(x${r}.${'xyzw'[i]})` : `x${r}`);
    return lines(
      '    {',
      gates.map((g) => `      let w${g} = kernel[index + ${g}u * width];`),
      gates.flatMap((g) => range(rows).map((r) => `      u${g}_${r} = fma(${x(r)}, w${g}, u${g}_${r});`)),
      '      index += GATES * width;',
      '    }',
    );
  };
  return lines(
    `fn multiply${p}(s: u32, tile: u32, unit: u32, part: u32, lane: u32) {`,
    '  let t = timeOf(s);',
    // A software adapter would load it in every round.
    '  let width = scan.width;',
    range(rows).map((r) => `  let from${r} = ${from(r)};`),
    gates.flatMap((g) => range(rows).map((r) => `  var u${g}_${r} = ${start(g)};`)),
    divided ? `  var index = unit + part * ${vectorSize}u * GATES * width;` : '  var index = unit;',
    `  for (var k = ${divided ? 'part' : '0u'}; k < width; k += PARTS) {`,
    range(rows).map((r) => `    let x${r} = ${source}[from${r} + k];`),
    range(vectorSize).map(rowOfU),
    divided && `    index += (PARTS - 1u) * ${vectorSize}u * GATES * width;`,
    '  }',
    useSums(form, p, (r) => gates.map((g) => `u${g}_${r}`)),
    '}',
  );
}

/** The same product for tiles: of h, or what the first phase has passed, and the columns of the phase's gates. */
function tiledProduct(cell: Cell, p: number, recurrentBias: boolean): TiledProduct {
  const gates = gatesOf(cell, p);
  return {
    products: gates.length,
    depth: 'scan.width',
    left: `states[${arrayOf(p)}stateIndex(t, row) + k]`,
    right: (i) => `kernel[(k * GATES + ${gates[i]}u) * scan.width + unit]`,
    rightAlongDepth: false,
    ...(recurrentBias && { bias: (i: number) => biasOf(gates[i]) }),
  };
}

/** The start of the array that a phase multiplies: h or, in the second phase, the extra array. */
const arrayOf = (phase: number) => (phase === 0 ? '' : 'extraStart() + ');

const biasOf = (gate: number) => `recurrentBias[${gate}u * scan.width + unit]`;

/** The rest of a phase for one row, given its products. */
function finish(cell: Cell, { form, lengths }: ScanOptions, p: number, sequence: boolean): string {
  const oneDispatch = form.kind === 'sequence';
  const { code, gates: values, extra, passes } = cell.forward[p];
  const gates = gatesOf(cell, p);
  const hasC = cell.states === 2;
  const saved = values.map((name, i) => `gates[gate + ${gates[i]}u * scan.width] = ${name};`);
  if (extra !== undefined) saved.push(`states[extraStart() + index] = ${extra};`);
  const isLast = passes === undefined;
  const pass = (value: string, slot: number) =>
    oneDispatch && `  passed[passedIndex(1u - (s & 1u), tileRow, ${slot}u) + unit] = ${value};`;
  return lines(
    `fn finish${p}(s: u32, t: u32, tile: u32, tileRow: u32, unit: u32, ${gates.map((g) => `u${g}: V`).join(', ')}) {`,
    '  let row = tile * ROWS + tileRow;',
    '  if (row >= scan.batch) { return; }',
    '  let index = stateIndex(t, row) + unit;',
    '  let gate = gateIndex(t, row) + unit;',
    // An LSTM's cell does not read it, and a software adapter would load it all the same.
    (lengths || !hasC) && '  let h0 = states[index];',
    hasC && '  let c0 = states[extraStart() + index];',
    range(gates[0]).map((g) => `  let s${g} = gates[gate + ${g}u * scan.width];`),
    gates.map((g) => `  let a${g} = gates[gate + ${g}u * scan.width];`),
    code,
    // Only the next phase and the backward pass read them.
    isLast ? `  if (scan.training == 1u) { ${saved.join(' ')} }` : saved.map((line) => `  ${line}`),
    isLast && nextState({ hasC, sequence, lengths }),
    isLast ? pass('newH', 0) : pass(passes, p + 1),
    '}',
  );
}

/** Past a row's length, its output is zero and its state does not change. */
const nextState = ({
  hasC,
  sequence,
  lengths,
}: { hasC: boolean } & Pick<ForwardOptions, 'sequence'> & Pick<ScanOptions, 'lengths'>) =>
  lines(
    lengths && '  let valid = isWithinLength(t, row);',
    sequence && `  y[index] = ${lengths ? 'select(V(), h, valid)' : 'h'};`,
    `  let newH = ${lengths ? 'select(h0, h, valid)' : 'h'};`,
    hasC && `  let newC = ${lengths ? 'select(c0, c, valid)' : 'c'};`,
    '  if (s + 1u == scan.time) {',
    '    lastH[row * scan.width + unit] = newH;',
    hasC && '    lastC[row * scan.width + unit] = newC;',
    '  } else {',
    '    let next = stateIndex(timeOf(s + 1u), row) + unit;',
    '    states[next] = newH;',
    hasC && '    states[extraStart() + next] = newC;',
    '  }',
  );

/** The indices of the gates in a phase's product. */
function gatesOf({ forward }: Cell, phase: number): number[] {
  const [from, to] = forward[phase].product;
  return range(to - from).map((i) => from + i);
}
