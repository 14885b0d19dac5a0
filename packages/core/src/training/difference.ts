import { show } from '../options.js';

/**
 * Finds the first difference between two JSON values: its path, and both values formatted for a message. An absent
 * property is only equal to undefined.
 */
export function firstDifference(
  path: string,
  now: unknown,
  before: unknown,
): { path: string; now: string; before: string } | undefined {
  const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const inside = isTree(now) || isTree(before);
  const alike = Array.isArray(now ?? before) === Array.isArray(before ?? now);
  if (inside && alike && [now, before].every((value) => isTree(value) || value === undefined)) {
    const [a, b] = [now ?? {}, before ?? {}] as Record<string, unknown>[];
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const difference = firstDifference(`${path}.${key}`, a[key], b[key]);
      if (difference) return difference;
    }
    return undefined;
  }
  const inWords = (value: unknown) => (value === undefined ? 'absent' : show(value));
  return now === before ? undefined : { path, now: inWords(now), before: inWords(before) };
}
