/* The style of the page. It is light or dark like the reader's system, and loads no external resources. */
import type { Column } from './board.js';

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f7f8fa, #0e1116);
  --card: light-dark(#ffffff, #161b22);
  --line: light-dark(#e3e6eb, #2a313b);
  --ink: light-dark(#1b2230, #e4e8ee);
  --soft: light-dark(#5d6778, #97a1b0);
  --pass: light-dark(#0b7a5a, #4cc9a0);
  --fail: light-dark(#c02637, #ff7b86);
  --skip: light-dark(#8a6400, #d9b25c);
  --bar: light-dark(#cfe9df, #1d4a3d);
  --near: light-dark(#f6dfae, #5a4718);
  --failed: light-dark(#fde8ea, #3d1a20);
  --skipped: light-dark(#fbf4e2, #2c2515);
  --name: 15rem;
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 120rem; padding: 2.5rem 1.5rem 5rem; overflow-wrap: break-word;
  background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .4rem; }
h2 { font-size: 1.15rem; letter-spacing: -.01em; margin: 2.75rem 0 .35rem; }
p { margin: 0; color: var(--soft); max-width: 46rem; }
b { font-weight: 600; }
small { font-size: .8rem; color: var(--soft); }
.passed { color: var(--pass); } .failed { color: var(--fail); } .skipped { color: var(--skip); }
.lead { font-size: 1.05rem; margin-bottom: .75rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1rem; margin-top: 1.75rem; }
.card { min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.25rem; }
.card h3 { margin: 0; font-size: 1.1rem; display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 .5rem; }
.card h3 small { font-weight: 400; }
.card p { font-size: .88rem; }
.stack { display: flex; gap: 2px; height: 6px; border-radius: 3px; overflow: hidden; margin: .9rem 0 .6rem; background: var(--line); }
.stack i { background: currentColor; }
.card dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .1rem .75rem; margin: .6rem 0 0; font-size: .88rem; }
.card dt { color: var(--soft); } .card dd { margin: 0; text-align: right; }
.card ul { margin: .4rem 0 0; padding: 0; list-style: none; font-size: .82rem; color: var(--soft); max-height: 14rem; overflow: auto; }
.card li { display: flex; justify-content: space-between; gap: 1rem; }
.card details { margin-top: .6rem; font-size: .88rem; }
summary { cursor: pointer; }
.card summary { color: var(--soft); }
.worst { list-style: none; margin: .9rem 0 0; padding: .35rem 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.worst li { display: grid; grid-template-columns: 9rem minmax(0, 1fr) auto; gap: 1rem; align-items: center; padding: .3rem 1.25rem; }
.meter { display: grid; grid-template-columns: 1fr 3.6rem; gap: .6rem; align-items: center; text-align: right; }
.meter i { display: block; height: 6px; border-radius: 3px; background: linear-gradient(to right, var(--pass) calc(100% * min(1, var(--s))), var(--line) 0); }
.meter.near i { background: linear-gradient(to right, var(--skip) calc(100% * min(1, var(--s))), var(--line) 0); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; font-size: .85rem; color: var(--soft); margin: .5rem 0 .9rem; }
.board { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.row { display: grid; grid-template-columns: var(--name) repeat(var(--columns), minmax(0, 1fr)); align-items: stretch; }
.row > * { padding: .5rem; min-width: 0; }
.row > :first-child { padding-left: .75rem; }
.row > * + * { border-left: 1px solid var(--line); }
.heads { position: sticky; top: 0; z-index: 2; background: var(--card); border-bottom: 1px solid var(--line); border-radius: 12px 12px 0 0; box-shadow: 0 6px 12px -10px rgb(0 0 0 / .35); }
.heads > * { display: flex; flex-direction: column; justify-content: flex-end; line-height: 1.35; }
.heads small { font-size: .76rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.group { border-top: 1px solid var(--line); }
.group > summary { list-style: none; }
.group > summary::-webkit-details-marker { display: none; }
.group > summary:hover { background: light-dark(#f2f5f8, #1b222b); }
.group > summary > :first-child::before { content: ''; display: inline-block; width: .42em; height: .42em; margin-right: .75em; border: solid var(--soft); border-width: 0 1.5px 1.5px 0; transform: translateY(-.15em) rotate(-45deg); transition: transform .15s; }
.group[open] > summary > :first-child::before { transform: translateY(-.2em) rotate(45deg); }
.group[open] > summary { border-bottom: 1px solid var(--line); }
.sum { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .5rem; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; font-size: .86rem; }
table col:first-child { width: var(--name); }
th { font-weight: 400; vertical-align: top; text-align: left; padding: .22rem .5rem .22rem 2rem; }
td { padding: .22rem .5rem; border-left: 1px solid var(--line); vertical-align: top; }
td span { float: right; color: var(--soft); font-size: .76rem; }
tbody tr:hover :is(th, td) { box-shadow: inset 0 0 0 99px light-dark(rgb(20 40 80 / .04), rgb(200 220 255 / .05)); }
td.p { background: linear-gradient(to right, var(--bar) calc(100% * var(--s, 0)), transparent 0); }
td.p.near { background: linear-gradient(to right, var(--near) calc(100% * var(--s)), transparent 0); }
td.f { background: var(--failed); color: var(--fail); font-weight: 600; }
td.s { background: var(--skipped); color: var(--skip); }
td.n { color: var(--soft); }
.why { display: block; margin: .1rem 0 .3rem; font-size: .8rem; }
.tag { margin-left: .5rem; padding: 0 .4rem; border: 1px solid var(--line); border-radius: 4px; font-size: .74rem; color: var(--soft); }
:focus-visible { outline: 2px solid var(--pass); outline-offset: -2px; }
@media (max-width: 48rem) {
  body { padding: 1.5rem .75rem 3rem; }
  .worst li { grid-template-columns: 6.5rem minmax(0, 1fr); } .worst small { grid-column: 2; }
}
@media print { .heads { position: static; } }
`;

/**
 * The style that depends on the columns. In a window that is too narrow for all columns, a row shows its name
 * with the cells below it, each labelled with the number and backend of its column.
 */
export function columnStyle(columns: readonly Column[]): string {
  // The width of the name, 6.5rem for each column, and the margins.
  const width = 18 + 6.5 * columns.length;
  const labels = columns.map(({ backend }, at) => {
    const name = backend.replace(/[^\w-]/g, '').slice(0, 12);
    return `  :is(.row:not(.heads), tr) > :nth-child(${at + 2})::before { content: '${at + 1} ${name}'; }`;
  });
  return `
@media (max-width: ${width}rem) {
  table, tbody { display: block; }
  colgroup { display: none; }
  .row, tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); }
  .row > :first-child, th { grid-column: 1 / -1; }
  .row > * + *, td { border-left: 0; border-top: 1px solid var(--line); }
  .heads { position: static; }
  .row > :not(:first-child)::before, td::before { display: block; flex-basis: 100%; font-size: .7rem; color: var(--soft); }
${labels.join('\n')}
}
`;
}
