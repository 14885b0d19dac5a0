/* Parses the numbers of a column. */
import { DataError } from '@recurra/core';
import type { Cell, Table } from './csv.js';

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const largestFloat32 = 3.4028234663852886e38;

/**
 * The decimal numbers of a column. If the delimiter is a semicolon, a column may have decimal commas in place of points.
 * @throws DataError, with the line, for a cell that is empty, not a number, or out of float32's range
 */
export function numbersOf(name: string, { path, delimiter, column }: Table): Float64Array {
  const cells = column(name);
  const commas = delimiter === ';' && cells.some(({ text }) => text.includes(','));
  return Float64Array.from(cells, ({ text, line }: Cell) => {
    const position = `${path}, line ${line}, ${name}`;
    if (text === '') throw new DataError(`${position}: the cell is empty, expected a number`);
    if (commas && text.includes('.')) {
      throw new DataError(`${position}: "${text}" has a decimal point, but other rows have decimal commas`);
    }
    const number = commas ? text.replace(',', '.') : text;
    if (!decimal.test(number)) throw new DataError(`${position}: "${text}" is not a decimal number`);
    const value = Number(number);
    if (Math.abs(value) <= largestFloat32) return value;
    throw new DataError(`${position}: ${text} is out of float32's range, ±3.4e38`);
  });
}
