/* CSV with a header, as columns of cells with their line numbers. */
import { DataError, OptionError } from '@recurra/core';
import { CsvError, parse } from 'csv-parse/sync';

export interface Cell {
  readonly text: string;
  /** The line number in the file, from 1. */
  readonly line: number;
}

export interface Table {
  readonly path: string;
  /** The character that separates the cells of a line. */
  readonly delimiter: Delimiter;
  /**
   * The cells of a column, from the first row to the last.
   * @throws OptionError if there is no such column; DataError if two columns have this name
   */
  column(name: string): Cell[];
}

const delimiters = { ',': 'a comma', ';': 'a semicolon', '\t': 'a tab' } as const;
export type Delimiter = keyof typeof delimiters;

/**
 * Parses CSV. The delimiter is the most frequent one in the header: comma, semicolon or tab.
 * @param path the file's name, for the errors
 * @throws DataError, with the line, if there are no rows, or rows of unequal length
 */
export function parseTable(text: string, path: string): Table {
  const delimiter = delimiterOf(text);
  const [header, ...rows] = parseRows(path, text, delimiter);
  if (rows.length === 0) throw new DataError(`${path} has no rows`);
  const names = header.cells;
  return {
    path,
    delimiter,
    column(name) {
      const at = names.indexOf(name);
      if (at < 0) throw new OptionError(`${path} has no column "${name}"; its columns: ${names.join(', ')}`);
      const again = names.indexOf(name, at + 1);
      if (again >= 0) {
        throw new DataError(
          `${path}: two columns are called "${name}", number ${at + 1} and number ${again + 1}`,
        );
      }
      return rows.map(({ cells, line }) => ({ text: cells[at], line }));
    },
  };
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

function parseRows(path: string, text: string, delimiter: Delimiter): Row[] {
  const lines: number[] = [];
  try {
    const rows = parse(text, {
      bom: true,
      delimiter,
      skip_empty_lines: true,
      trim: true,
      on_record: (cells: string[], context) => {
        lines.push(context.lines);
        return cells;
      },
    });
    return rows.map((cells, row) => ({ cells, line: lines[row] }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DataError(
      `${path}: ${cause.message}; the delimiter is ${delimiters[delimiter]}, as in the header`,
      { cause },
    );
  }
}

/** The most frequent delimiter in the header, outside of quotes; a comma if there is none. */
function delimiterOf(text: string): Delimiter {
  const [header = ''] = /^.*\S.*$/m.exec(text) ?? [];
  const bare = header.replace(/"[^"]*"/g, '');
  const counts = (Object.keys(delimiters) as Delimiter[]).map((delimiter) => ({
    delimiter,
    count: bare.split(delimiter).length,
  }));
  return counts.reduce((most, other) => (other.count > most.count ? other : most)).delimiter;
}
