/* A held-out week, hour by hour, and the reader's changes to it. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { Chart } from './chart.js';
import type { Forecasts, WhatIf } from './inference.js';

const HOURS = 168;
const days = ['as it was', 'working day', 'holiday'] as const;
const rains = ['as it was', 'none', 'all day'] as const;

export function Week({ picture, ask, settings }: ResultProps<Forecasts>) {
  const weeks = picture ? Math.floor(picture.times.length / HOURS) : 8;
  const [week, setWeek] = useUrlState('week', '1');
  const [warmer, setWarmer] = useUrlState('warmer', '0');
  const [rain, setRain] = useUrlState('rain', rains[0]);
  const [day, setDay] = useUrlState('day', days[0]);
  const from = Math.min(Math.max(Math.round(Number(week)) || 1, 1), weeks) * HOURS - HOURS;
  const changed = Number(warmer) !== 0 || rain !== rains[0] || day !== days[0];
  const question = { from, count: HOURS, warmer: Number(warmer), rain, day } as WhatIf;
  const whatIf = useAnswer<Float64Array>({ ask, picture }, changed ? question : undefined);
  const weather = settings?.inputs === 'calendar and weather';
  const calendar = settings?.inputs !== 'nothing';
  return (
    <>
      <section data-picture aria-labelledby="week">
        <div class="heading">
          <h2 id="week">{picture ? title(picture, from) : 'A week that is not in the training data'}</h2>
          <label class="field slider">
            Week
            <input
              type="range"
              min="1"
              max={weeks}
              value={from / HOURS + 1}
              onInput={({ currentTarget }) => setWeek(currentTarget.value)}
            />
          </label>
        </div>
        <Chart
          forecasts={picture}
          from={from}
          count={HOURS}
          whatIf={whatIf}
          ahead={Number(settings?.horizon ?? 1)}
        />
      </section>
      <section aria-labelledby="what-if" class="what-if">
        <h2 id="what-if">What if?</h2>
        <p class="quiet">
          Change the weather or the calendar that the network sees, and the forecast changes. The counts stay
          the same, so rain can also raise the forecast: if there were this many riders in such weather, more
          are likely to come.
          {!calendar && ' At the moment the network sees only the counts, so there is nothing to change.'}
          {calendar && !weather && ' At the moment the network does not see the weather.'}
        </p>
        <div class="row">
          <label class="field slider">
            Warmer by {warmer} °C
            <input
              type="range"
              min="-15"
              max="15"
              value={warmer}
              disabled={!weather}
              onInput={({ currentTarget }) => setWarmer(currentTarget.value)}
            />
          </label>
          <Pick label="Rain" value={rain} values={rains} disabled={!weather} pick={setRain} />
          <Pick label="Every day is" value={day} values={days} disabled={!calendar} pick={setDay} />
        </div>
      </section>
    </>
  );
}

interface PickProps {
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly disabled: boolean;
  pick(value: string): void;
}

function Pick({ label, value, values, disabled, pick }: PickProps) {
  return (
    <label class="field">
      {label}
      <select value={value} disabled={disabled} onChange={({ currentTarget }) => pick(currentTarget.value)}>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </label>
  );
}

function title({ times }: Forecasts, from: number): string {
  const day = (at: number) =>
    new Date(times[at] * 1000).toLocaleDateString('en', { day: 'numeric', month: 'long', timeZone: 'UTC' });
  return `${day(from)} to ${day(Math.min(from + HOURS, times.length) - 1)}, 2012`;
}
