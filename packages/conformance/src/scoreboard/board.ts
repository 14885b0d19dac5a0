/*
 * Reports side by side: a column for each report and a row for each case. The scoreboard's files are written
 * from this board.
 */
import type { KernelUse } from '@recurra/core/backend';
import type { Report } from '../conformance.js';
import type { Result } from '../suite.js';

/** A column that could not be run on this machine, with the reason. */
export interface Absent {
  readonly backend: string;
  /** The program that would have run it: `Chromium`. */
  readonly runtime: string;
  readonly absent: string;
  /** The column counts as one case with this status: failed or skipped. */
  readonly status: 'failed' | 'skipped';
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The largest error, as a share of the tolerance. Absent if nothing was measured. */
  readonly worst?: number;
}

export interface Column extends Totals {
  readonly backend: string;
  readonly runtime: string;
  readonly device?: string;
  readonly precision?: Report['precision'];
  /** True if the GPU is emulated in software. Undefined for CPU backends. */
  readonly software?: boolean;
  /** The seed of the generated examples, and the number of examples of each generated case. */
  readonly seed?: number;
  readonly runs?: number;
  /** Why the column was not run; it then counts as one case. */
  readonly absent?: string;
}

export interface Cell {
  readonly status: Result['status'];
  /** The reason for a failure or skip. */
  readonly reason?: string;
  /** The largest error, as a share of the tolerance, to two digits. */
  readonly worst?: number;
  /** The kernels that ran, as indices of the board's `kernels`. */
  readonly kernels?: readonly number[];
}

export interface Row {
  readonly name: string;
  /** The capability that the case needs. */
  readonly needs?: string;
  /** One cell for each column; null if that column has no such case. */
  readonly cells: readonly (Cell | null)[];
}

export interface Group {
  readonly name: string;
  /** The totals of each column. */
  readonly totals: readonly Totals[];
  readonly rows: readonly Row[];
}

export interface Board extends Totals {
  readonly columns: readonly Column[];
  /** The distinct implementations of kernels that ran: fused, or composed with the reason. */
  readonly kernels: readonly KernelUse[];
  readonly groups: readonly Group[];
}

export function boardOf(columns: readonly (Report | Absent)[]): Board {
  const kernels = new Map<string, { use: KernelUse; index: number }>();
  const kernel = (use: KernelUse) => {
    const key = JSON.stringify(use);
    const known = kernels.get(key) ?? { use, index: kernels.size };
    kernels.set(key, known);
    return known.index;
  };
  const groups = new Map<string, Map<string, { needs?: string; cells: (Cell | null)[] }>>();
  columns.forEach((column, at) => {
    if ('absent' in column) return;
    for (const result of column.results) {
      const rows = groups.get(result.group) ?? new Map();
      groups.set(result.group, rows);
      const row = rows.get(result.name) ?? { needs: result.needs, cells: columns.map(() => null) };
      rows.set(result.name, row);
      if (row.cells[at]) throw new Error(`two cases are called ${result.group}: ${result.name}`);
      row.cells[at] = cellOf(result, kernel);
    }
  });
  const all = columns.map(columnOf);
  return {
    ...totalsOf(all),
    columns: all,
    kernels: [...kernels.values()].map(({ use }) => use),
    groups: [...groups].map(([name, rows]) => ({
      name,
      totals: columns.map((_, at) => countOf([...rows.values()].flatMap(({ cells }) => cells[at] ?? []))),
      rows: [...rows].map(([title, { needs, cells }]) => ({ name: title, ...(needs && { needs }), cells })),
    })),
  };
}

/** A cell, with its row and column. */
export interface LocatedCell {
  readonly group: string;
  readonly name: string;
  readonly column: Column;
  readonly cell: Cell;
}

/** Cases, each with its worst column: failures first, then those with the largest errors. */
export function worstOf({ groups, columns }: Board, count: number): LocatedCell[] {
  const rank = ({ cell }: { cell: Cell }) =>
    cell.status === 'failed' ? Number.POSITIVE_INFINITY : (cell.worst ?? -1);
  return groups
    .flatMap(({ name: group, rows }) => rows.map((row) => ({ group, row })))
    .flatMap(({ group, row: { name, cells } }) => {
      const ranked = cells.flatMap((cell, at) => {
        return cell && rank({ cell }) > 0 ? [{ group, name, column: columns[at], cell }] : [];
      });
      return ranked.sort((a, b) => rank(b) - rank(a) || 0).slice(0, 1);
    })
    .sort((a, b) => rank(b) - rank(a) || 0)
    .slice(0, count);
}

function cellOf({ status, reason, worst, kernels }: Result, kernel: (use: KernelUse) => number): Cell {
  return {
    status,
    ...(reason !== undefined && { reason }),
    ...shareOf(worst),
    ...(kernels.length > 0 && { kernels: kernels.map(kernel) }),
  };
}

/**
 * Two digits are enough, and the same in every run. Non-finite errors are left out; the reason explains them.
 */
function shareOf(worst: number | undefined): { worst?: number } {
  return worst !== undefined && Number.isFinite(worst) ? { worst: Number(worst.toPrecision(2)) } : {};
}

function columnOf(column: Report | Absent): Column {
  const { backend, runtime } = column;
  if ('absent' in column) return { backend, runtime, absent: column.absent, ...countOf([column]) };
  const { device, precision, software, seed, runs, results } = column;
  const totals = countOf(results.map(({ status, worst }) => ({ status, ...shareOf(worst) })));
  const adapter = software === undefined ? {} : { software };
  return { backend, runtime, device, precision, ...adapter, seed, runs, ...totals };
}

/** The totals of a list of cells. */
function countOf(cells: readonly { status: Result['status']; worst?: number }[]): Totals {
  return totalsOf(
    cells.map(({ status, worst }) => ({ passed: 0, failed: 0, skipped: 0, [status]: 1, worst })),
  );
}

function totalsOf(all: readonly Totals[]): Totals {
  const sum = (key: 'passed' | 'failed' | 'skipped') => all.reduce((total, next) => total + next[key], 0);
  const worst = all.flatMap((totals) => totals.worst ?? []);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    ...(worst.length > 0 && { worst: Math.max(...worst) }),
  };
}
