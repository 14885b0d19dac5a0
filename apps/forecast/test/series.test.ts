/* Tests which CSV files are read, and which are rejected. */
import { DataError, RecurraError } from '@recurra/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naiveLags } from '../src/baselines.js';
import { parseSeries, type Series, type SeriesColumns } from '../src/series.js';
import { textOfTime, timeAfter } from '../src/times.js';

function read(text: string, columns: SeriesColumns = { target: 'level', time: 'when' }): Series {
  return parseSeries(text, 'tides.csv', columns);
}

/** CSV with the given hours of one day, in the given order. */
const hours = (...list: number[]) =>
  `when,level\n${list.map((hour) => `2024-02-01T${String(hour).padStart(2, '0')}:00,${hour}`).join('\n')}\n`;

test.each([
  [
    hours(3, 2, 1, 0),
    /line 3: 2024-02-01T02:00 is before 2024-02-01T03:00 of line 2.*from the newest to the oldest.*--sort/,
  ],
  [hours(0, 1, 3, 2), /line 5: 2024-02-01T02:00 is before .* of line 4\. .*oldest to the newest.*--sort/],
  [hours(0, 1, 1, 2), /lines 3 and 4 have the same time, 2024-02-01T01:00/],
  [
    hours(0, 1, 3, 4, 5, 9),
    /a time step of 1 hour, except for 2 gaps: the first is from line 3 \(.*T01:00\) to line 4 \(.*T03:00\)/,
  ],
  ['when,level\n2024-02-30,1\n', /line 2, when: 2024-02-30 does not exist/],
  ['when,level\n2024-02-28T24:00,1\n', /line 2, when: .* does not exist/],
  ['when,level\n2024-02-28 noon,1\n', /line 2, when: "2024-02-28 noon" is not a date/],
  ['when,level\n,1\n', /line 2, when: the cell is empty, expected a date/],
  [
    'when,level\n2024-02-01T00:00+01:00,1\n2024-02-01T02:00+02:00,1\n',
    /line 3, when: the time zone is \+02:00, but \+01:00/,
  ],
  ['when,level\n2024-02-01,0x10\n', /line 2, level: "0x10" is not a decimal number/],
  ['when,level\n2024-02-01,1e999\n', /line 2, level: 1e999 is out of float32's range/],
  ['when,level\n2024-02-01,-1e39\n', /line 2, level: -1e39 is out of/],
  ['when,level\n\n2024-02-01,\n', /line 3, level: the cell is empty/],
  ['when,level,level\n2024-02-01,1,2\n', /two columns are called "level", number 2 and number 3/],
  ['when;level\n2024-02-01;1\n2024-02-02;1;2\n', /on line 3; the delimiter is a semicolon/],
  ['when;level\n2024-02-01;1,5\n2024-02-02;1.5\n', /line 3, level: "1\.5" has a decimal point/],
  ['when,level\n2024-02-01,"1,5"\n', /line 2, level: "1,5" is not a decimal number/],
])('an unreadable file is rejected, with the line: %j', (text, message) => {
  expect(() => read(text)).toThrow(DataError);
  expect(() => read(text)).toThrow(message);
});

test('--sort orders the rows by time', () => {
  const sorted = read(hours(...Array.from({ length: 24 }, (_, hour) => hour)));
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(24).keys()], { minLength: 24 }), (order) => {
      expect(read(hours(...order), { target: 'level', time: 'when', sort: true })).toEqual(sorted);
    }),
    { numRuns: 20 },
  );
  expect(() => read(hours(0), { target: 'level', sort: true })).toThrow(/--sort needs --time/);
});

test('the delimiter is the most frequent one in the header, and semicolons allow decimal commas', () => {
  for (const text of [
    'when;level\n2024-02-01;-1,5\n',
    'when\tlevel\n2024-02-01\t-1.5\n',
    '"a;b;c",when,level\n,2024-02-01,-1.5\n',
  ])
    expect([...read(text).values]).toEqual([-1.5]);
  expect([...read('level\n.5\n+2.\n1e-3\n', { target: 'level' }).values]).toEqual([0.5, 2, 0.001]);
});

test('the step and the next times are computed from dates without a gap, also for months', () => {
  const next = (...dates: string[]) => {
    const { step, times = [] } = read(`when,level\n${dates.map((date) => `${date},1`).join('\n')}\n`);
    return step && [1, 2, 13].map((count) => textOfTime(timeAfter(times[times.length - 1], step, count)));
  };
  expect(next('2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29')).toEqual([
    '2024-03-31T00:00',
    '2024-04-30T00:00',
    '2025-03-31T00:00',
  ]);
  expect(next('1969-11-15 06:00', '1969-12-15 06:00', '1970-01-15 06:00')).toEqual([
    '1970-02-15T06:00',
    '1970-03-15T06:00',
    '1971-02-15T06:00',
  ]);
  expect(next('2024-02-28T23:00:00Z', '2024-02-28T23:15:00Z')).toEqual([
    '2024-02-28T23:30',
    '2024-02-28T23:45',
    '2024-02-29T02:30',
  ]);
  expect(() => next('2023-11-01', '2023-12-01', '2024-01-01', '2024-03-01')).toThrow(
    /a time step of 1 month, except for 1 gap: from line 4/,
  );
});

test('the lags of the naive forecasts are computed from the times, or else from the season', () => {
  const lags = (step: Series['step']) =>
    naiveLags({ column: 'level', values: new Float64Array(9), step }, 7, 1000);
  const persistence = { 'the last value (persistence)': 1 };
  expect(lags({ milliseconds: 3_600_000 })).toEqual({
    'same time last week': 168,
    'same time yesterday': 24,
    ...persistence,
  });
  expect(lags({ milliseconds: 86_400_000 })).toEqual({ 'same time last week': 7, ...persistence });
  expect(lags({ milliseconds: 1_200_000 })).toEqual({
    'same time last week': 504,
    'same time yesterday': 72,
    ...persistence,
  });
  // A week of five minutes is longer than the 1000 steps that are known.
  expect(lags({ milliseconds: 300_000 })).toEqual({ 'same time yesterday': 288, ...persistence });
  expect(lags({ months: 1 })).toEqual({ 'same month last year': 12, ...persistence });
  expect(lags(undefined)).toEqual({ 'one season before, 7 steps': 7, ...persistence });
});

test('any text is parsed, or rejected with a Recurra error', () => {
  const cell = fc.oneof(
    fc.constantFrom('2024-02-01', '2024-02-02', '1,5', '1;5', '"', '1e300', '', ' ', '\t', '-0'),
    fc.string({ maxLength: 5 }),
  );
  const rows = fc.array(fc.array(cell, { maxLength: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(rows, fc.constantFrom(',', ';', '\t'), (cells, delimiter) => {
      const text = [`when${delimiter}level`, ...cells.map((row) => row.join(delimiter))].join('\n');
      try {
        read(text);
      } catch (error) {
        expect(error).toBeInstanceOf(RecurraError);
      }
    }),
    { numRuns: 300 },
  );
});
