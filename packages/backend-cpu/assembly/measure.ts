import { PANEL, tileOfTwoRows } from './tiles';
import { at } from './vector';

/** The tile of two rows again and again, on zeros in free memory. For benchmarks, on a memory of their own. */
export function repeatTile(depth: i32, times: i32): void {
  const rows = __heap_base;
  const panel = at(rows, 2 * depth);
  const c = at(panel, PANEL * depth);
  for (let i = 0; i < times; i++) tileOfTwoRows(rows, at(rows, depth), panel, c, at(c, PANEL), depth, false);
}
