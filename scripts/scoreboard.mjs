// `npx pnpm scoreboard`: writes the scoreboard of the last run of `npx pnpm conformance` as a page, out/scoreboard.html.
import { relative } from 'node:path';
import { setUp } from './setup.mjs';

if (!(await setUp())) process.exit(1);
const { readBoard, writePage } = await import('./board-files.mjs');
const board = readBoard();
if (board === undefined) {
  console.error('docs/scoreboard/scoreboard.json is missing: run `npx pnpm conformance`');
  process.exit(1);
}
console.log(`Written: ${relative(process.cwd(), writePage(board))}`);
