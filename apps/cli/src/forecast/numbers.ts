/* The numbers of a column. */
import { DataError } from '@recurra/core';
import type { Cell, Table } from './csv.js';

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const largestFloat32 = 3.4028234663852886e38;

/**
 * Decimal numbers. Where a semicolon separates the cells, a column may have decimal commas; it then has no points.
 * @throws DataError, naming the line, for a cell that is empty, is not such a number, or is beyond what float32 holds
 */
export function numbersOf(name: string, { path, delimiter, column }: Table): Float64Array {
  const cells = column(name);
  const commas = delimiter === ';' && cells.some(({ text }) => text.includes(','));
  return Float64Array.from(cells, ({ text, line }: Cell) => {
    const place = `${path}, line ${line}, ${name}`;
    if (text === '') throw new DataError(`${place}: the cell is empty, and not a number`);
    if (commas && text.includes('.')) {
      throw new DataError(`${place}: "${text}" has a decimal point, and other rows have decimal commas`);
    }
    const number = commas ? text.replace(',', '.') : text;
    if (!decimal.test(number)) throw new DataError(`${place}: "${text}" is not a decimal number`);
    const value = Number(number);
    if (Math.abs(value) <= largestFloat32) return value;
    throw new DataError(`${place}: ${text} is beyond what float32 holds, 3.4e38`);
  });
}
