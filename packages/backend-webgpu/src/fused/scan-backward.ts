import { lines, range } from '../text.js';
import type { Cell } from './cell.js';
import type { ScanOptions, Storage, TiledProduct } from './scan.js';
import type { RegisterForm } from './scan-division.js';
import { scanKernel } from './scan-kernel.js';
import { partsOf, useSums } from './scan-register.js';

/**
 * WGSL of the backward scan, from `gates` [T, B, G·H] and `states` [1 or 2, T, B, H] of the forward scan and `dy` [T, B, H].
 *
 * It writes `da` [T, B, G·H], the gradient of x·W + b, and `du` [T, B, G·H], that of h·U + b', if it differs. `carriedH` and
 * `carriedC` [B, H] contain the gradient of the final state at first, and that of the initial state at last: an additional
 * step, number T, adds the product of the gates' gradients of the first step.
 *
 * @param phase the phase of a step; one dispatch for the whole sequence has all phases
 */
export function backwardScan(cell: Cell, options: ScanOptions, dy: boolean, phase: number): string {
  const { form, lengths, vectorSize } = options;
  const storage: Storage[] = [
    ['gates', 'read'],
    ['states', 'read'],
    ['kernel', 'read'],
    ['da', 'read_write'],
  ];
  if (cell.separateRecurrentGradient) storage.push(['du', 'read_write']);
  storage.push(['carriedH', 'read_write']);
  if (cell.states === 2) storage.push(['carriedC', 'read_write']);
  if (dy) storage.push(['dy', 'read']);
  if (lengths) storage.push(['lengths', 'read']);
  return scanKernel(options, {
    storage,
    gates: cell.gates,
    time: 'select(scan.time - 1u - s, s, scan.reverse == 1u)',
    phases: cell.backward.length,
    phase,
    finish: (p) => finish(cell, form.kind === 'sequence', p, dy),
    products: () => 1,
    multiply: (p, form) => registerProduct(cell, form, vectorSize, p),
    adjacentParts: true,
    tiled: (p) => tiledProduct(cell, p),
    slots: cell.gates,
  });
}

/** The product of a phase, of gates' gradients and rows of U, for each row of the tile. */
function registerProduct(cell: Cell, form: RegisterForm, vectorSize: number, p: number): string {
  const { rows, kind } = form;
  const [from, to] = cell.backward[p].product;
  const source = kind === 'sequence' ? 'passed' : gradientOf(cell);
  const fromRow = (r: number) => {
    if (kind === 'sequence') return `passedIndex(${p === 0 ? 's & 1u' : '1u - (s & 1u)'}, ${r}u, 0u)`;
    return `gateIndex(${stepOf(p)}, min(tile * ROWS + ${r}u, scan.batch - 1u))`;
  };
  const add = (r: number) => {
    const sums = range(vectorSize).map((i) => `dot(x${r}, w${i})`);
    return vectorSize === 4 ? `p${r} += V(${sums.join(', ')});` : `p${r} = fma(x${r}, w0, p${r});`;
  };
  return lines(
    `fn multiply${p}(s: u32, tile: u32, unit: u32, part: u32, lane: u32) {`,
    '  let t = timeOf(s);',
    // A software adapter would load it in every round.
    '  let width = scan.width;',
    range(rows).map((r) => `  var p${r} = V();`),
    `  if (${conditionOf(p)}) {`,
    range(vectorSize).map((i) => `    let u${i} = (unit * ${vectorSize}u + ${i}u) * GATES * width;`),
    range(rows).map((r) => `    let from${r} = ${fromRow(r)};`),
    `    for (var k = ${from}u * width${partsOf(form) > 1 ? ' + part' : ''}; k < ${to}u * width; k += PARTS) {`,
    range(vectorSize).map((i) => `      let w${i} = kernel[u${i} + k];`),
    range(rows).flatMap((r) => [`      let x${r} = ${source}[from${r} + k];`, `      ${add(r)}`]),
    '    }',
    '  }',
    useSums(form, p, (r) => [`p${r}`]),
    '}',
  );
}

/** The same product for tiles. */
function tiledProduct(cell: Cell, p: number): TiledProduct {
  const [from, to] = cell.backward[p].product;
  const start = `${from}u * scan.width`;
  return {
    products: 1,
    depth: `${to - from}u * scan.width`,
    left: `${gradientOf(cell)}[gateIndex(${stepOf(p)}, row) + ${start} + k]`,
    right: () => `kernel[unit * GATES * scan.width + ${start} + k]`,
    rightAlongDepth: true,
    condition: conditionOf(p),
  };
}

/** The gates' gradients that are multiplied. */
const gradientOf = ({ separateRecurrentGradient }: Cell) => (separateRecurrentGradient ? 'du' : 'da');

/** The first phase reads the gradients of the later step, which was scanned before; the second those of this step. */
const stepOf = (phase: number) => (phase === 0 ? 'timeOf(s - 1u)' : 't');

const conditionOf = (phase: number) => (phase === 0 ? 's > 0u' : 's < scan.time');

/** The rest of a phase for one row, given its product. Past a row's length, the state's gradient is passed on unchanged. */
function finish(cell: Cell, oneDispatch: boolean, p: number, dy: boolean): string {
  const { code, gates, recurrent, dh, dc } = cell.backward[p];
  const hasC = cell.states === 2;
  const writeGradient = (g: number) =>
    lines(
      `  let gradient${g} = select(V(), ${gates[g]}, valid);`,
      `  da[gate + ${g}u * scan.width] = gradient${g};`,
      recurrent !== undefined && `  let recurrent${g} = select(V(), ${recurrent[g]}, valid);`,
      recurrent !== undefined && `  du[gate + ${g}u * scan.width] = recurrent${g};`,
      oneDispatch &&
        `  passed[passedIndex(1u - (s & 1u), tileRow, ${g}u) + unit] = ${recurrent ? 'recurrent' : 'gradient'}${g};`,
    );
  return lines(
    `fn finish${p}(s: u32, t: u32, tile: u32, tileRow: u32, unit: u32, p: V) {`,
    '  let row = tile * ROWS + tileRow;',
    '  if (row >= scan.batch) { return; }',
    '  let own = row * scan.width + unit;',
    p === 0 ? '  if (s == scan.time) { carriedH[own] += p; return; }' : '  if (s == scan.time) { return; }',
    '  let index = stateIndex(t, row) + unit;',
    '  let gate = gateIndex(t, row) + unit;',
    '  let valid = isWithinLength(t, row);',
    p > 0
      ? '  let dh = carriedH[own];'
      : `  let dh = carriedH[own] + p${dy ? ' + select(V(), dy[index], valid)' : ''};`,
    '  let h0 = states[index];',
    hasC && '  let c0 = states[extraStart() + index];',
    hasC && '  let dc = carriedC[own];',
    !hasC && cell.savesExtra && '  let extra = states[extraStart() + index];',
    range(cell.gates).map((g) => `  let s${g} = gates[gate + ${g}u * scan.width];`),
    code,
    Object.keys(gates).map((g) => writeGradient(Number(g))),
    `  carriedH[own] = select(dh, ${dh}, valid);`,
    dc !== undefined && `  carriedC[own] = select(dc, ${dc}, valid);`,
    '}',
  );
}
