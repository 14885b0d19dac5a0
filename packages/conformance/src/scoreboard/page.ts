/* Makes `scoreboard.html`, a single file without scripts or external resources. */
import { type Board, type Cell, type Column, type LocatedCell, worstOf } from './board.js';
import { html, Markup, type Value } from './markup.js';
import { columnStyle, STYLE } from './style.js';
import { NEAR, table } from './table.js';
import { adapter, count, implementationOf, percent } from './words.js';

/** The number of cases with the largest errors that are listed. */
const WORST = 10;

export function boardHtml(board: Board): string {
  const { columns, passed, failed, skipped } = board;
  const backends = new Set(columns.map(({ backend }) => backend)).size;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Recurra: conformance scoreboard</title>
<style>${new Markup(STYLE + columnStyle(columns))}</style>
</head>
<body>
<h1>Conformance scoreboard</h1>
<p class="lead">The results of the conformance suite for ${backends} backends, in ${columns.length} columns:
<b class="passed">${count(passed)} passed</b>, <b class="${failed > 0 ? 'failed' : ''}">${count(failed)} failed</b>,
<b class="${skipped > 0 ? 'skipped' : ''}">${count(skipped)} skipped</b>.</p>
<p>Errors are shown as a share of the tolerance, which is derived from the lengths of the sums and the magnitudes of the
numbers: 100 % is the limit. A case is skipped only if the backend declares what it lacks, with the reason.</p>
<section class="cards">${columns.map((column, at) => card(column, at, board))}</section>
<h2>${failed > 0 ? 'Failures, and the largest errors' : 'The largest errors'}</h2>
<p>Each case is shown in its worst column.</p>
<ol class="worst">${worstOf(board, WORST).map(worstItem)}</ol>
<h2>Every case</h2>
<div class="legend"><span class="passed">✓ passed, with the largest error</span><span class="failed">✗ failed</span>
<span class="skipped">⊘ skipped</span><span>fused, composed, both: how the kernels ran</span><span>Open a group to see its cases; point at a
cell for details.</span></div>
${table(board)}
</body>
</html>
`;
  return page.source;
}

function card(column: Column, at: number, { groups, kernels }: Board): Markup {
  const { backend, runtime, device, absent, passed, failed, skipped, worst } = column;
  if (absent !== undefined) {
    return html`<article class="card"><h3>${at + 1} ${backend} <small>${runtime}</small></h3><p class="${failed > 0 ? 'failed' : 'skipped'}">not run: ${absent}</p></article>`;
  }
  const cells = groups.flatMap(({ rows }) => rows.flatMap((row) => row.cells[at] ?? []));
  const casesWith = (how: 'fused' | 'composed') =>
    cells.filter((cell) => [how, 'both'].includes(implementationOf(cell, kernels) ?? '')).length;
  const part = (status: Cell['status'], value: number) =>
    value > 0 ? html`<i class="${status}" style="flex:${value}"></i>` : undefined;
  const countOf = (status: Cell['status'], value: number) =>
    html`<span class="${value > 0 ? status : ''}">${count(value)} ${status}</span>`;
  const facts: [string, Value][] = [
    ['arithmetic', column.precision],
    ['adapter', adapter(column)],
    [
      'largest error',
      worst === undefined ? undefined : `${percent(worst)}${worst === 0 ? '' : ' of the limit'}`,
    ],
    ['generated', `${column.runs} examples a case, seed ${column.seed}`],
    ['fused in', `${count(casesWith('fused'))} cases`],
    ['composed in', `${count(casesWith('composed'))} cases`],
  ];
  return html`<article class="card"><h3>${at + 1} ${backend} <small>${runtime}</small></h3><p>${device}</p>
<div class="stack">${part('passed', passed)}${part('failed', failed)}${part('skipped', skipped)}</div>
<p>${countOf('passed', passed)}, ${countOf('failed', failed)}, ${countOf('skipped', skipped)}</p>
<dl>${facts.filter(([, fact]) => fact !== undefined).map(([term, fact]) => html`<dt>${term}</dt><dd>${fact}</dd>`)}</dl>
${composed(cells, kernels)}</article>`;
}

/** The reasons why kernels were composed, most frequent first. */
function composed(cells: readonly Cell[], kernels: Board['kernels']): Markup | undefined {
  const counts = new Map<number, number>();
  for (const index of cells.flatMap((cell) => cell.kernels ?? [])) {
    if (kernels[index].implementation === 'composed') counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  const items = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([index, times]) => {
      const { kernel, reason } = kernels[index];
      return html`<li><span>${kernel}: ${reason}</span><span>${count(times)}</span></li>`;
    });
  return html`<details><summary>why composed</summary><ul>${items}</ul></details>`;
}

function worstItem({ group, name, column, cell }: LocatedCell): Markup {
  const { status, worst = 0, reason } = cell;
  const meter =
    status === 'failed'
      ? html`<b class="failed">✗ failed${worst > 0 ? ` ${percent(worst)}` : ''}</b>`
      : html`<span class="meter ${worst >= NEAR ? 'near' : ''}"><i style="--s:${worst}"></i>${percent(worst)}</span>`;
  const why = reason === undefined ? undefined : html`<span class="why ${status}">${reason}</span>`;
  return html`<li>${meter}<span><small>${group}</small> ${name}${why}</span><small>${column.backend}, ${column.runtime}</small></li>`;
}
