/* Scores as JSON, which has no NaN and no infinity: they become strings. */
import type { MetricValue } from '../metrics/metric.js';

/** Replaces numbers that JSON cannot represent by their names, at any depth. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return mapped(value, toJson);
}

/** The value that {@link toJson} was given; it has no strings of its own. */
export function fromJson(value: unknown): MetricValue {
  return (typeof value === 'string' ? Number(value) : mapped(value, fromJson)) as MetricValue;
}

function mapped(value: unknown, of: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(of);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, of(one)]));
}
