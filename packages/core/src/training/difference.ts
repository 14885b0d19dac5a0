import { show } from '../options.js';

/** Where two values of JSON differ first, and the two in words. What is absent equals nothing but undefined. */
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
      const found = firstDifference(`${path}.${key}`, a[key], b[key]);
      if (found) return found;
    }
    return undefined;
  }
  const inWords = (value: unknown) => (value === undefined ? 'not given' : show(value));
  return now === before ? undefined : { path, now: inWords(now), before: inWords(before) };
}
