import type { Board, Column, Totals } from './board.js';
import { adapter, count, percent } from './words.js';

/** A summary for a README: a row for each column of the board, and the reasons for skipped cases. */
export function boardSummary(board: Board): string {
  const rows = board.columns.map((column) => [
    `**${text(column.backend)}**`,
    text(column.runtime),
    where(column).map(text).join(', '),
    column.absent === undefined ? sum(column) : 'not run',
  ]);
  return [totals(board), table([['backend', 'in', 'on', 'result'], ...rows]), ...reasons(board)].join('\n\n');
}

/** The full content of `scoreboard.md`: a table of groups by columns, and the reasons for skipped cases. */
export function boardMarkdown(board: Board): string {
  const { columns, groups } = board;
  const heads = columns.map((column) =>
    [`**${text(column.backend)}**`, ...[column.runtime, ...where(column)].map(text)].join('<br>'),
  );
  const sums = (totals: readonly Totals[]) =>
    totals.map((of, at) => (columns[at].absent === undefined ? sum(of) : 'not run'));
  const rows = [
    ['', ...heads],
    ['**all**', ...sums(columns)],
    ...groups.map(({ name, totals }) => [text(name), ...sums(totals)]),
  ];
  return [totals(board), table(rows), ...reasons(board)].join('\n\n');
}

function totals({ passed, failed, skipped }: Totals): string {
  return (
    `${count(passed)} passed, ${count(failed)} failed, ${count(skipped)} skipped. ` +
    'The percentage is the largest error as a share of the tolerance.'
  );
}

/** The device of a column. */
function where(column: Column): string[] {
  return [column.device, adapter(column)].filter((part) => part !== undefined);
}

/**
 * Makes a Markdown table. The first row is the header. The columns are aligned, as Markdown formatters do it.
 */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, at) => Math.max(3, ...rows.map((row) => row[at].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

function sum({ passed, failed, skipped, worst }: Totals): string {
  const parts = [
    passed > 0 ? `${count(passed)} passed` : [],
    failed > 0 ? `**${count(failed)} failed**` : [],
    skipped > 0 ? `${count(skipped)} skipped` : [],
  ].flat();
  const share = worst === undefined ? '' : ` · ${percent(worst)}`;
  return parts.length > 0 ? `${parts.join(', ')}${share}` : '–';
}

/** The distinct reasons for skipped cases, with their counts. */
function reasons({ columns, groups }: Board): string[] {
  const skipped = columns.flatMap((column, at) => {
    const who = `${text(column.backend)} in ${text(column.runtime)}`;
    if (column.absent !== undefined) return `${who}: not run: ${text(column.absent)}`;
    const counts = new Map<string, number>();
    for (const row of groups.flatMap(({ rows }) => rows)) {
      const { status, reason = '' } = row.cells[at] ?? {};
      const key = row.needs === undefined ? reason : `${row.needs}: ${reason}`;
      if (status === 'skipped') counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].map(([reason, times]) => `${who}: ${count(times)}, for ${text(reason)}`);
  });
  return skipped.length > 0 ? [`Skipped:\n\n${skipped.map((reason) => `- ${reason}`).join('\n')}`] : [];
}

/** Escapes text, so that no part of it is Markdown, HTML or the end of a table cell. */
function text(raw: string): string {
  return raw
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~#!]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
