import { fileURLToPath } from 'node:url';
import type { SeriesColumns } from './series.js';

/** The data of the example: hourly electricity load of Tetouan (Morocco) in 2017, in kW. See data/energy-tetouan/README.md. */
export const energy: { readonly path: string; readonly columns: SeriesColumns } = {
  path: fileURLToPath(new URL('../data/energy-tetouan/tetouan-hourly.csv', import.meta.url)),
  columns: { target: 'power_kw', time: 'datetime' },
};
