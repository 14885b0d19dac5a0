import { FormatError } from '@recurra/core';
import type { Board } from './board.js';

/**
 * The content of `scoreboard.json`. Each case is on its own line, so that a diff shows what changed between
 * two runs.
 */
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

/**
 * Reads a board from the content of `scoreboard.json`.
 * @throws FormatError if the content was not written by {@link boardJson}
 */
export function parseBoard(json: string): Board {
  const { totals, columns, kernels, groups } = parsed(json);
  if (typeof totals !== 'object' || ![columns, kernels, groups].every(Array.isArray)) {
    throw new FormatError('a scoreboard must be JSON with totals, columns, kernels and groups');
  }
  return { ...totals, columns, kernels, groups } as Board;
}

function parsed(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json));
  } catch (cause) {
    throw new FormatError(`a scoreboard must be JSON: ${(cause as Error).message}`, { cause });
  }
}
