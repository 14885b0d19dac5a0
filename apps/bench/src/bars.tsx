/* Medians as bars, each with a line for the interquartile range. */
import { duration, significant, threadsOf } from '@recurra/bench/format';
import type { Row } from '@recurra/bench/results';
import type { Ratio } from './ratio.js';

export function Bars({ rows, ratio }: { rows: readonly Row[]; ratio: Ratio }) {
  const end = Math.max(...rows.map(({ medianMs, spread }) => medianMs * (1 + spread / 2)));
  const percent = (ms: number) => `${((100 * ms) / end).toFixed(2)}%`;
  return (
    // The table has the same numbers for screen readers.
    <div class="bars" aria-hidden="true">
      {rows.map((row) => {
        const { system, threads, medianMs, spread } = row;
        const times = ratio(row);
        return (
          <div key={`${system} ${threads}`} class={system.startsWith('recurra-') ? 'bar own' : 'bar'}>
            <span>
              {system}
              {threads > 1 && `, ${threadsOf(threads)}`}
            </span>
            <div class="track">
              <div class="length" style={{ inlineSize: percent(medianMs) }} />
              <div
                class="spread"
                style={{
                  insetInlineStart: percent(medianMs * Math.max(0, 1 - spread / 2)),
                  insetInlineEnd: percent(end - medianMs * (1 + spread / 2)),
                }}
              />
            </div>
            <span class="value">
              {duration(medianMs)}
              {times !== undefined && ` ×${significant(times)}`}
            </span>
          </div>
        );
      })}
    </div>
  );
}
