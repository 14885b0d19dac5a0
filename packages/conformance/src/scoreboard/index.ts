export {
  type Absent,
  type Board,
  boardOf,
  type Cell,
  type Column,
  type Group,
  type Row,
  type Totals,
} from './board.js';
export { boardJson, parseBoard } from './json.js';
export { boardMarkdown, boardSummary } from './markdown.js';
export { boardHtml } from './page.js';
