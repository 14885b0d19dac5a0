import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { geometricMean, median, medianInterval, summarize } from '../src/statistics.js';

const times = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('statistics', () => {
  it('the median is the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 100, 1])).toBe(3);
    expect(median([4, 1, 100, 2])).toBe(3);
  });

  it('the interval of a median is that of the sign test, and the whole range of few values', () => {
    const values = Array.from({ length: 21 }, (_, i) => 20 - i);
    // Of 21 values at most 5 lie below the median in 1.3 % of cases, at most 6 in 3.9 %.
    expect(medianInterval(values)).toEqual([5, 15]);
    expect(medianInterval([3, 1, 2])).toEqual([1, 3]);
    expect(medianInterval([7])).toEqual([7, 7]);
  });

  it('the geometric mean of inverse ratios is the inverse mean', () => {
    expect(geometricMean([0.5, 8])).toBeCloseTo(2, 12);
    expect(geometricMean([2, 1 / 8])).toBeCloseTo(1 / 2, 12);
  });

  it('a summary does not depend on the order, and one slow run does not move the median', () => {
    fc.assert(
      fc.property(times, (list) => {
        const summary = summarize(list);
        expect(summarize([...list].reverse())).toEqual(summary);
        expect(summary.minMs).toBeLessThanOrEqual(summary.medianMs);
        expect(summary.medianMs).toBeLessThanOrEqual(summary.maxMs);
        expect(summary.runs).toBe(list.length);
      }),
    );
    expect(summarize([1, 1, 1, 1, 900])).toMatchObject({ medianMs: 1, maxMs: 900, spread: 0 });
  });
});
