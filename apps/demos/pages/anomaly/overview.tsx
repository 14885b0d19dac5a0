/* The held-out months at a glance: the error, the labels and the alarms. */
import type { Changed, Watch } from './inference.js';
import { line } from './line.js';
import { runsOf, WEEK } from './series.js';

export interface OverviewProps {
  readonly watch: Watch;
  readonly threshold: number;
  readonly changed: Changed | undefined;
  /** The index of the week that is shown below, from 0. */
  readonly week: number;
}

const HEIGHT = 100;

export function Overview({ watch: { errors, labels, start }, threshold, changed, week }: OverviewProps) {
  const most = Math.max(threshold, ...errors, ...(changed?.errors ?? []));
  const y = (error: number) => HEIGHT * (1 - error / most);
  const alarms = runsOf(Array.from(errors, (error) => error > threshold));
  return (
    <>
      <svg
        class="overview"
        viewBox={`0 0 ${errors.length} ${HEIGHT + 16}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`The error over three months, with ${labels.length} labelled windows and ${alarms.length} alarms`}
      >
        {labels.map(([from, to]) => (
          <rect key={from} class="label" x={from} y="0" width={to - from} height={HEIGHT} />
        ))}
        <rect class="week" x={week * WEEK} y={HEIGHT + 3} width={WEEK} height="2" />
        {alarms.map(([from, to]) => (
          <rect key={from} class="alarm" x={from} y={HEIGHT + 7} width={to - from} height="8" />
        ))}
        <line class="threshold" x1="0" x2={errors.length} y1={y(threshold)} y2={y(threshold)} />
        <polyline class="error" points={line(errors, y, 6)} />
        {changed && <polyline class="changed" points={line(changed.errors, y, 6, changed.from)} />}
      </svg>
      <p class="dates quiet">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share}>{dayOf(start, Math.round(share * (errors.length - 1)))}</span>
        ))}
      </p>
    </>
  );
}

/** As in “Jan 27”. */
export function dayOf(start: number, halfHours: number): string {
  return new Date(start + halfHours * 1_800_000).toLocaleDateString('en', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
}
