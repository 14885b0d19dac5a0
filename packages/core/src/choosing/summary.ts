import type { Candidate } from './candidate.js';
import type { MeasuredBackend } from './measured.js';

/** Summarises the measurement of a candidate. */
export function summarize({ name, backend, workload, times, error }: Candidate): MeasuredBackend {
  const known = {
    name,
    device: backend?.device,
    software: backend?.software,
    kernels: workload?.kernels() ?? [],
  };
  if (error) return { ...known, error };
  const sorted = [...times].sort((a, b) => a - b);
  const medianMs = quantile(sorted, 0.5);
  // A coarse clock can give a median of 0.
  const spread = medianMs > 0 ? (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / medianMs : 0;
  return { ...known, medianMs, spread, repetitions: times.length };
}

/** The reason why `best` was chosen, or why no backend was. */
export function reasonFor(
  measured: readonly MeasuredBackend[],
  best: MeasuredBackend | undefined,
  train: boolean,
): string {
  if (!best) {
    return measured
      .map(({ name, error }) => {
        const message = error?.message ?? '';
        return message.startsWith(`${name}:`) ? message : `${name}: ${message}`;
      })
      .join('; ');
  }
  const named = (one: MeasuredBackend) => {
    // Backends that differ only in their options have the same name.
    const alone = measured.filter(({ name }) => name === one.name).length === 1;
    if (!alone && one.device !== undefined) return `${one.name} (${one.device})`;
    return one.software ? `${one.name} (in software)` : one.name;
  };
  const milliseconds = ({ medianMs = 0 }: MeasuredBackend) => `${Number(medianMs.toPrecision(2))} ms`;
  const { medianMs: least = 0, spread = 0 } = best;
  const close = ({ medianMs = 0 }: MeasuredBackend) => medianMs - least < spread * least;
  const others = measured
    .filter((one) => one !== best && !one.error)
    .sort((a, b) => (a.medianMs ?? 0) - (b.medianMs ?? 0))
    .map((one) => `, ${named(one)} ${milliseconds(one)}${close(one) ? ' (within the spread)' : ''}`);
  const leftOut = measured.filter(({ error }) => error).map(named);
  return [
    `${named(best)}: ${milliseconds(best)} ${train ? 'a training step' : 'a forward pass'}`,
    ...others,
    ...(leftOut.length > 0 ? [`; left out: ${leftOut.join(', ')}`] : []),
  ].join('');
}

/** A quantile, interpolated linearly between the two nearest values. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}
