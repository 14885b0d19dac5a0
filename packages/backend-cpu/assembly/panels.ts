/* Packs a matrix into panels of 16 columns, which the tiles read from one end to the other. */
import { PANEL } from './abi.generated';
import { copy, transpose } from './copy';
import { at } from './vector';

/** Packs B [k, n], or [n, k] if transposed, into panels [⌈n / 16⌉, k, 16]. The last one is padded with zeros. */
export function packPanels(b: usize, bRowStride: i32, transposed: bool, k: i32, n: i32, panels: usize): void {
  const panel = k * PANEL;
  let column = 0;
  if (!transposed) {
    // Four panels at a time: each row of B may be in another page of memory, which is then visited a quarter
    // as often.
    for (; column + 4 * PANEL <= n; column += 4 * PANEL) {
      const to = at(panels, column * k);
      for (let row = 0; row < k; row++) {
        const from = at(b, row * bRowStride + column);
        const first = at(to, row * PANEL);
        const second = at(first, panel);
        const third = at(second, panel);
        copyRow(from, first);
        copyRow(at(from, PANEL), second);
        copyRow(at(from, 2 * PANEL), third);
        copyRow(at(from, 3 * PANEL), at(third, panel));
      }
    }
  }
  for (; column < n; column += PANEL) {
    const columns = min(PANEL, n - column);
    const to = at(panels, column * k);
    if (columns < PANEL) memory.fill(to, 0, <usize>panel << 2);
    if (transposed) transpose(at(b, column * bRowStride), bRowStride, to, PANEL, columns, k);
    else copy(at(b, column), 0, 0, bRowStride, 1, to, 0, 0, PANEL, 1, 1, 1, k, columns);
  }
}

/** to [16] = from [16] */
@inline
function copyRow(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}
