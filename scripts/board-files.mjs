// The files of the scoreboard. Import it after the build.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  boardHtml,
  boardJson,
  boardMarkdown,
  boardSummary,
  parseBoard,
} from '../packages/conformance/dist/scoreboard/index.js';
import { top } from './setup.mjs';

const folder = join(top, 'docs/scoreboard');
const readme = join(top, 'README.md');
const marks = ['<!-- scoreboard -->', '<!-- /scoreboard -->'];

/** The tracked board, from the last run of all columns; undefined if there is none. */
export function readBoard() {
  const file = join(folder, 'scoreboard.json');
  return existsSync(file) ? parseBoard(readFileSync(file, 'utf8')) : undefined;
}

/** Writes the board as a page, which is not tracked, and returns its path. */
export function writePage(board) {
  const file = join(top, 'out/scoreboard.html');
  mkdirSync(join(top, 'out'), { recursive: true });
  writeFileSync(file, boardHtml(board));
  return file;
}

/** Writes the tracked files: scoreboard.json, scoreboard.md, and the summary in the README. */
export function writeBoard(board) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'scoreboard.json'), boardJson(board));
  writeFileSync(join(folder, 'scoreboard.md'), `# Conformance scoreboard\n\n${boardMarkdown(board)}\n`);
  const text = readFileSync(readme, 'utf8');
  const [start, end] = summaryIn(text);
  writeFileSync(readme, `${text.slice(0, start)}\n\n${boardSummary(board)}\n\n${text.slice(end)}`);
}

/** @throws Error if the README has no markers for the summary */
export function checkReadme() {
  summaryIn(readFileSync(readme, 'utf8'));
}

/** The number of cases whose result differs from the tracked board, in the columns that ran. */
export function differences(board) {
  const isAbsent = board.columns.map(({ absent }) => absent !== undefined);
  const verdicts = ({ groups }) =>
    groups.flatMap(({ name: group, rows }) =>
      rows.map(({ name, cells }) => {
        const statuses = cells.filter((_, column) => !isAbsent[column]).map((cell) => cell?.status);
        return [group, name, ...statuses].join('|');
      }),
    );
  const tracked = new Set(verdicts(readBoard() ?? { groups: [] }));
  const current = new Set(verdicts(board));
  const changed = [...current].filter((verdict) => !tracked.has(verdict)).length;
  const removed = [...tracked].filter((verdict) => !current.has(verdict)).length;
  return Math.max(changed, removed);
}

/** The start and the end of the summary in the README. */
function summaryIn(text) {
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`README.md needs ${marks.join(' and ')}, in this order`);
  return [start + marks[0].length, end];
}
