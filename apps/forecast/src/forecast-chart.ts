import { lineChart } from './chart.js';
import type { ForecastJob } from './job.js';
import { formatNumber } from './report.js';
import type { Score } from './score.js';

/** A chart (SVG) of the last forecasts of the held-out part and the true values, of 168 steps at most. */
export async function forecastChart(
  job: ForecastJob,
  labels: { readonly title: string; readonly label: string; readonly unit: string; readonly system: string },
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
    title: labels.title,
    subtitle:
      'The end of the held-out data. A forecast starts at each dashed line. ' +
      `Mean absolute error on all held-out data: ${formatNumber(mae)} ${labels.unit}`,
    label: labels.label,
    timeLabel: times ? 'Local time' : 'Step',
    lines: [
      { name: 'Truth', color: '#334e68', values: values.subarray(from) },
      { name: labels.system, color: '#e8590c', values: forecast },
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
