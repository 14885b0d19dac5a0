import { lineChart } from './chart.js';
import type { ForecastJob } from './job.js';
import { decimal } from './report.js';
import type { Score } from './score.js';

/** The last forecasts of the held-out part, one after the other as far as a week of hours, beside the truth. */
export async function forecastChart(
  job: ForecastJob,
  words: { readonly title: string; readonly label: string; readonly unit: string; readonly system: string },
  { mae }: Score,
): Promise<string> {
  const { series, horizon, heldOut } = job.options;
  const { values, times } = series;
  const count = Math.max(1, Math.floor(Math.min(168, heldOut) / horizon));
  const from = values.length - count * horizon;
  const origins = Array.from({ length: count }, (_, i) => from + i * horizon);
  const forecasts = await job.forecasts(origins);
  const forecast = forecasts.flatMap((values) => Array.from(values));
  return lineChart({
    title: words.title,
    subtitle:
      'The end of the held-out data; a forecast begins at each dashed line. ' +
      `Mean absolute error on all of it: ${decimal(mae)} ${words.unit}`,
    label: words.label,
    timeLabel: times ? 'Local time' : 'Step',
    lines: [
      { name: 'Truth', color: '#334e68', values: values.subarray(from) },
      { name: words.system, color: '#e8590c', values: forecast },
    ],
    parts: origins.map((origin) => ({
      from: origin - from,
      to: origin - from + horizon,
      name: times ? dayOf(times[origin]) : String(origin),
    })),
  });
}

function dayOf(time: Date): string {
  return time.toLocaleDateString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
}
