/* The table of all cases: a collapsible section for each group, and a column for each report. */
import type { KernelUse } from '@recurra/core/backend';
import type { Board, Cell, Column, Group, Row, Totals } from './board.js';
import { html, type Markup } from './markup.js';
import { adapter, count, describeCell, error, implementationOf, percent } from './words.js';

/** Share of the tolerance from which a bar has the warning colour. */
export const NEAR = 0.5;

export function table(board: Board): Markup {
  const { columns, kernels, groups } = board;
  return html`<div class="board" style="--columns:${columns.length}">
<div class="row heads"><div><b>${count(casesOf(groups))} cases</b><small>in ${groups.length} groups</small></div>${columns.map(head)}</div>
<div class="row"><b>All</b>${columns.map(total)}</div>
${groups.map((group) => fold(group, columns, kernels))}</div>`;
}

function casesOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { rows }) => sum + rows.length, 0);
}

function head(column: Column, at: number): Markup {
  const { backend, runtime, device } = column;
  const whole = [backend, runtime, device, adapter(column)].filter((part) => part !== undefined).join('\n');
  return html`<div title="${whole}"><b>${at + 1} ${backend}</b><small>${runtime}</small><small>${adapter(column) ?? device ?? 'not run'}</small></div>`;
}

function total({ passed, failed, skipped, worst }: Totals): Markup {
  const parts = [
    failed > 0 ? html`<b class="failed">✗ ${count(failed)}</b> ` : undefined,
    passed > 0 ? html`<span class="passed">✓ ${count(passed)}</span> ` : undefined,
    skipped > 0 ? html`<span class="skipped" title="skipped">⊘ ${count(skipped)}</span>` : undefined,
  ];
  const share =
    worst === undefined ? undefined : html`<small title="${error(worst)}">${percent(worst)}</small>`;
  return html`<div class="sum"><span>${parts}</span>${share}</div>`;
}

function fold(
  { name, totals, rows }: Group,
  columns: readonly Column[],
  kernels: readonly KernelUse[],
): Markup {
  const open = totals.some(({ failed }) => failed > 0) ? html` open` : undefined;
  return html`<details class="group"${open}><summary class="row"><span>${name} <small>${count(rows.length)}</small></span>${totals.map(total)}</summary>
<table><colgroup><col>${columns.map(() => html`<col>`)}</colgroup><tbody>
${rows.map((row) => line(row, columns, kernels))}</tbody></table></details>
`;
}

function line(
  { name, needs, cells }: Row,
  columns: readonly Column[],
  kernels: readonly KernelUse[],
): Markup {
  const tag = needs === undefined ? undefined : html`<span class="tag">needs ${needs}</span>`;
  const reasons = cells.map((cell, at) => {
    if (cell?.reason === undefined) return undefined;
    const { backend, runtime } = columns[at];
    return html`<span class="why ${cell.status}">${backend}, ${runtime}: ${cell.status}: ${cell.reason}</span>`;
  });
  return html`<tr><th scope="row">${name}${tag}${reasons}</th>${cells.map((cell) => box(cell, kernels))}</tr>
`;
}

function box(cell: Cell | null, kernels: readonly KernelUse[]): Markup {
  if (cell === null) return html`<td class="n">–</td>`;
  const { status, worst } = cell;
  const how = implementationOf(cell, kernels);
  const tooltip = html` title="${describeCell(cell, kernels)}"`;
  const kernelTag = how === undefined ? undefined : html`<span>${how}</span>`;
  if (status === 'failed') {
    return html`<td class="f"${tooltip}>✗ failed${worst === undefined ? '' : ` ${percent(worst)}`}${kernelTag}</td>`;
  }
  if (status === 'skipped') return html`<td class="s"${tooltip}>⊘ skipped</td>`;
  const near = worst !== undefined && worst >= NEAR ? ' near' : '';
  const bar = worst === undefined ? undefined : html` style="--s:${worst}"`;
  return html`<td class="p${near}"${bar}${tooltip}>✓${worst === undefined ? '' : ` ${percent(worst)}`}${kernelTag}</td>`;
}
