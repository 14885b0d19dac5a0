/* The scoreboard shows the content of the reports, whatever text they contain. */

import { FormatError } from '@recurra/core';
import type { KernelUse } from '@recurra/core/backend';
import { expect, test } from 'vitest';
import type { Report } from '../src/conformance.js';
import {
  boardHtml,
  boardJson,
  boardMarkdown,
  boardOf,
  boardSummary,
  parseBoard,
} from '../src/scoreboard/index.js';
import type { Result } from '../src/suite.js';

const FUSED: KernelUse = { kernel: 'recurrent', implementation: 'fused' };
const COMPOSED: KernelUse = { kernel: 'recurrent', implementation: 'composed', reason: 'peepholes' };

function result(group: string, name: string, more: Partial<Result> = {}): Result {
  return { group, name, status: 'passed', kernels: [], milliseconds: 1, ...more };
}

function report(backend: string, results: Result[], more: Partial<Report> = {}): Report {
  const count = (status: Result['status']) => results.filter((item) => item.status === status).length;
  return {
    backend,
    device: 'a device',
    runtime: 'Node 20',
    precision: 'float32',
    seed: 1,
    runs: 25,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    milliseconds: 1,
    results,
    ...more,
  };
}

const good = report('good', [
  result('sums', 'short', { worst: 0.123456 }),
  result('sums', 'long', { needs: 'nan', worst: 0.5, kernels: [FUSED, COMPOSED] }),
  result('laws', 'a law', { worst: 0 }),
]);
const bad = report(
  'bad',
  [
    result('sums', 'short', {
      status: 'failed',
      reason: 'x[3] is 4, expected 5',
      worst: 7,
      kernels: [COMPOSED],
    }),
    result('sums', 'long', { status: 'skipped', reason: 'no NaN here', needs: 'nan' }),
    result('sums', 'its own', { status: 'failed', reason: 'x is NaN', worst: Number.POSITIVE_INFINITY }),
  ],
  { runtime: 'Chromium 156', software: true },
);
const absent = { backend: 'gpu', runtime: 'Chromium', absent: 'no Chromium', status: 'skipped' } as const;
const board = boardOf([good, bad, absent]);

test('columns are reports, rows are cases, and a case that a report does not have is empty', () => {
  expect(board).toMatchObject({ passed: 3, failed: 2, skipped: 2, worst: 7 });
  expect(board.columns).toMatchObject([
    { backend: 'good', runtime: 'Node 20', passed: 3, failed: 0, skipped: 0, worst: 0.5 },
    { backend: 'bad', runtime: 'Chromium 156', software: true, passed: 0, failed: 2, skipped: 1, worst: 7 },
    { backend: 'gpu', absent: 'no Chromium', passed: 0, failed: 0, skipped: 1 },
  ]);
  const [sums, laws] = board.groups;
  expect(sums.rows.map(({ name }) => name)).toEqual(['short', 'long', 'its own']);
  expect(sums.totals).toEqual([
    { passed: 2, failed: 0, skipped: 0, worst: 0.5 },
    { passed: 0, failed: 2, skipped: 1, worst: 7 },
    { passed: 0, failed: 0, skipped: 0 },
  ]);
  expect(sums.rows[0].cells).toEqual([
    { status: 'passed', worst: 0.12 },
    { status: 'failed', reason: 'x[3] is 4, expected 5', worst: 7, kernels: [1] },
    null,
  ]);
  expect(sums.rows[1].cells[0]?.kernels?.map((index) => board.kernels[index])).toEqual([FUSED, COMPOSED]);
  expect(laws.rows[0].cells).toEqual([{ status: 'passed', worst: 0 }, null, null]);
});

test('a column that could not run counts as one case, skipped or failed', () => {
  expect(boardOf([absent])).toMatchObject({ passed: 0, failed: 0, skipped: 1, groups: [] });
  expect(boardOf([{ ...absent, status: 'failed' }])).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
});

test('two cases with the same name are rejected', () => {
  expect(() => boardOf([report('twice', [result('g', 'a'), result('g', 'a')])])).toThrow('g: a');
});

test('the JSON file contains the board, and is the same for the same results', () => {
  const { passed, failed, skipped, worst, ...rest } = board;
  expect(JSON.parse(boardJson(board))).toEqual({ totals: { passed, failed, skipped, worst }, ...rest });
  const later = {
    ...good,
    milliseconds: 2,
    results: good.results.map((item) => ({ ...item, milliseconds: 3 })),
  };
  expect(boardJson(boardOf([later, bad, absent]))).toBe(boardJson(board));
});

test('a board is read back from its JSON; anything else is rejected', () => {
  expect(parseBoard(boardJson(board))).toEqual(board);
  for (const json of ['', 'null', '[]', '{ "totals": {} }'])
    expect(() => parseBoard(json)).toThrow(FormatError);
});

test('the Markdown has groups by columns, failures in bold, and every reason for a skipped case', () => {
  const lines = linesOf(boardMarkdown(board));
  expect(lines).toContain('| **all** | 3 passed · 50 % | **2 failed**, 1 skipped · 700 % | not run |');
  expect(lines).toContain('| sums | 2 passed · 50 % | **2 failed**, 1 skipped · 700 % | not run |');
  expect(lines).toContain('| laws | 1 passed · exact | – | not run |');
  expect(lines).toContain('- bad in Chromium 156: 1, for nan: no NaN here');
  expect(lines).toContain('- gpu in Chromium: not run: no Chromium');
  expect(lines.find((line) => line.includes('bad'))).toContain('software adapter');
});

test('the summary has a row for each column', () => {
  const lines = linesOf(boardSummary(board));
  expect(lines.find((line) => line.includes('**bad**'))).toMatch(
    /software adapter \| \*\*2 failed\*\*, 1 skipped/,
  );
  expect(lines.find((line) => line.includes('**gpu**'))).toContain('not run');
  expect(lines).toContain('- bad in Chromium 156: 1, for nan: no NaN here');
});

test('the page shows what failed first, opens its group, and gives the reasons', () => {
  const page = boardHtml(board);
  const worst = page.slice(page.indexOf('<ol class="worst">'), page.indexOf('</ol>'));
  expect(worst.indexOf('x[3] is 4')).toBeGreaterThan(0);
  expect(worst.indexOf('x[3] is 4')).toBeLessThan(worst.indexOf('long'));
  expect(page.match(/<details class="group" open>/g)).toHaveLength(1);
  for (const text of ['no NaN here', 'needs nan', 'recurrent: composed (peepholes)', 'software adapter']) {
    expect(page).toContain(text);
  }
  expect(page).toContain('not run: no Chromium');
});

test('no text of a report becomes markup', () => {
  const evil = "</td><script>alert(1)</script>\" onload='x' | **bold** [a](b) `c` &amp;\nnext";
  const words = { status: 'failed', reason: evil } as const;
  const results = [
    result(evil, evil, { ...words, kernels: [{ ...COMPOSED, reason: evil }] }),
    result('g', 'h', { status: 'skipped', reason: evil }),
  ];
  const hostile = boardOf([
    report(evil, results, { device: evil, runtime: evil }),
    { ...absent, backend: evil, absent: evil },
  ]);
  const page = boardHtml(hostile);
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/<[^>]*" onload/);
  for (const [markdown, columns] of [
    [boardMarkdown(hostile), 3],
    [boardSummary(hostile), 4],
  ] as const) {
    expect(markdown).not.toMatch(/<script|[^\\]\[a\]|[^\\]\*\*bold|[^\\]`c/);
    const table = markdown.split('\n').filter((line) => line.startsWith('|'));
    const widths = new Set(table.map((line) => line.replaceAll('\\|', '').split('|').length));
    expect(widths).toEqual(new Set([columns + 2]));
  }
});

test('the page loads nothing', () => {
  expect(boardHtml(board)).not.toMatch(/(src|href)="(?!data:)|@import|url\(/);
});

/** Removes the spaces that align the columns. */
function linesOf(markdown: string): string[] {
  return markdown.split('\n').map((line) => line.replace(/ +/g, ' '));
}
