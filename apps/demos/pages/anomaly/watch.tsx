/* The alarms and the labels, and the reader's own threshold and demand. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Change, Changed, Watch as Watched } from './inference.js';
import { dayOf, Overview } from './overview.js';
import { runsOf, WEEK } from './series.js';
import { Week } from './week.js';

/** The events in the labelled windows, according to the benchmark's authors. */
const EVENTS = ['New York City Marathon', 'Thanksgiving', 'Christmas', 'New Year', 'snow storm'];

export function Watch({ ask, picture: watch }: ResultProps<Watched>) {
  const [factor, setFactor] = useUrlState('threshold', '1');
  const [shown, setShown] = useUrlState('week', '13');
  const [percent, setPercent] = useUrlState('demand', '100');
  const weeks = watch ? Math.floor(watch.demand.length / WEEK) : 13;
  const week = Math.min(Math.max(Math.round(Number(shown)) || 1, 1), weeks) - 1;
  const change: Change = { week, percent: Math.min(Math.max(Number(percent) || 0, 0), 200) };
  const changed = useAnswer<Changed>({ ask, picture: watch }, change.percent === 100 ? undefined : change);
  const current = changed?.from === week * WEEK && change.percent !== 100 ? changed : undefined;
  const threshold = (watch?.threshold ?? 0) * (Number(factor) || 1);
  return (
    <>
      <section data-picture aria-labelledby="alarms" class="watch">
        <h2 id="alarms">The error of its copy of the demand</h2>
        {watch && <Overview watch={watch} threshold={threshold} changed={current} week={week} />}
        <Legend />
        {watch && <Findings watch={watch} threshold={threshold} />}
        <label class="field slider">
          Alarm at an error of {threshold.toFixed(0)} passengers, {(Number(factor) || 1).toFixed(2)} times the
          learnt threshold
          <input
            type="range"
            min="0.5"
            max="2"
            step="0.05"
            value={factor}
            onInput={({ currentTarget }) => setFactor(currentTarget.value)}
          />
        </label>
      </section>
      <section aria-labelledby="week" class="watch">
        <h2 id="week">{watch ? `The week from ${dayOf(watch.start, week * WEEK)}` : 'A week of it'}</h2>
        {watch && <Week watch={watch} week={week} changed={current} />}
        <div class="row">
          <label class="field slider">
            Week {week + 1}
            <input
              type="range"
              min="1"
              max={weeks}
              value={week + 1}
              onInput={({ currentTarget }) => setShown(currentTarget.value)}
            />
          </label>
          <label class="field slider">
            Demand on its middle day {change.percent} %
            <input
              type="range"
              min="0"
              max="200"
              step="5"
              value={change.percent}
              onInput={({ currentTarget }) => setPercent(currentTarget.value)}
            />
          </label>
        </div>
        <p class="finding" role="status">
          {watch && current && effect(watch, current, threshold)}
        </p>
      </section>
    </>
  );
}

function Legend() {
  return (
    <ul class="legend">
      <li>
        <i class="error" /> error
      </li>
      <li>
        <i class="threshold" /> threshold
      </li>
      <li>
        <i class="label" /> labelled by people
      </li>
      <li>
        <i class="alarm" /> alarm
      </li>
      <li>
        <i class="week" /> the week below, where the thin line is the demand and the thick one its copy
      </li>
    </ul>
  );
}

/** The labelled windows that contain an alarm, and the alarms outside of all windows. */
function Findings({ watch: { errors, labels, start }, threshold }: { watch: Watched; threshold: number }) {
  const alarms = runsOf(Array.from(errors, (error) => error > threshold));
  const meet = (a: readonly [number, number], b: readonly [number, number]) => a[0] < b[1] && b[0] < a[1];
  const falseAlarms = alarms.filter((alarm) => !labels.some((label) => meet(alarm, label)));
  return (
    <>
      <ul class="events">
        {labels.map((label, i) => {
          const found = alarms.some((alarm) => meet(alarm, label));
          return (
            <li key={label[0]}>
              <span aria-hidden="true">{found ? '✓' : '✗'}</span> {EVENTS[i]}, {dayOf(start, label[0])}:{' '}
              {found ? 'alarm' : 'no alarm'}
            </li>
          );
        })}
      </ul>
      <p>
        {falseAlarms.length === 0
          ? 'No false alarm.'
          : `False alarms: ${falseAlarms.map(([from]) => dayOf(start, from)).join(', ')}.`}
      </p>
    </>
  );
}

function effect(watch: Watched, { from, errors }: Changed, threshold: number): string {
  const before = Math.max(...watch.errors.subarray(from, from + errors.length));
  const after = Math.max(...errors);
  return `With your change the error in this week rises to ${after.toFixed(0)} passengers at most, ${before.toFixed(0)} without: ${after > threshold ? 'an alarm' : 'no alarm'}.`;
}
