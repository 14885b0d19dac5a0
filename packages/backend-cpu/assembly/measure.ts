import { PANEL } from './abi.generated';
import { tile2x16 } from './tiles';
import { at } from './vector';

/**
 * Runs the tile [2, depth] · [depth, 16] `times` times. For benchmarks: it overwrites the memory behind the static data, so
 * the instance must have no other use.
 */
export function repeatTile(depth: i32, times: i32): void {
  const rows = __heap_base;
  const panel = at(rows, 2 * depth);
  const c = at(panel, PANEL * depth);
  for (let i = 0; i < times; i++) tile2x16(rows, at(rows, depth), panel, PANEL, c, at(c, PANEL), depth, 0, 0);
}
