/* A week of the demand, with the network's copy of it. */
import type { Changed, Watch } from './inference.js';
import { line } from './line.js';
import { dayOf } from './overview.js';
import { DAY, WEEK } from './series.js';

const HEIGHT = 100;

export interface WeekProps {
  readonly watch: Watch;
  /** From 0. */
  readonly week: number;
  readonly changed: Changed | undefined;
}

export function Week({ watch, week, changed }: WeekProps) {
  const from = week * WEEK;
  const cut = (values: Float64Array) => values.subarray(from, from + WEEK);
  const demand = changed?.demand ?? cut(watch.demand);
  const copy = changed?.copy ?? cut(watch.copy);
  const most = Math.max(...watch.demand, ...demand);
  const y = (value: number) => HEIGHT * (1 - Math.max(0, value) / most);
  const off = demand.reduce((sum, value, i) => sum + Math.abs(value - copy[i]), 0) / WEEK;
  const days = Array.from({ length: 7 }, (_, day) => dayOf(watch.start, from + day * DAY));
  return (
    <>
      <svg
        class="copy"
        viewBox={`0 0 ${WEEK} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Demand from ${days[0]} to ${days[6]}; the network’s copy is off by ${off.toFixed(0)} passengers a half hour on average`}
      >
        {days.map((day, i) => (
          <line key={day} x1={i * DAY} x2={i * DAY} y1="0" y2={HEIGHT} />
        ))}
        <polyline class="truth" points={line(demand, y, 1)} />
        <polyline class="network" points={line(copy, y, 1)} />
      </svg>
      <p class="dates quiet days">
        {days.map((day) => (
          <span key={day}>{day}</span>
        ))}
      </p>
    </>
  );
}
