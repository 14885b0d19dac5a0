import type { Board } from './board.js';

/** `scoreboard.json`: the board, a case a line, so that what changes between two runs is easy to see. */
export function boardJson({ groups, columns, kernels, ...totals }: Board): string {
  const list = (items: readonly string[], indent: string) =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}]`;
  const one = (item: unknown) => JSON.stringify(item);
  const whole = groups.map(
    ({ name, totals: counts, rows }) =>
      `{ "name": ${one(name)}, "totals": ${one(counts)}, "rows": ${list(rows.map(one), '    ')} }`,
  );
  return `{
  "totals": ${one(totals)},
  "columns": ${list(columns.map(one), '  ')},
  "kernels": ${list(kernels.map(one), '  ')},
  "groups": ${list(whole, '  ')}
}
`;
}
