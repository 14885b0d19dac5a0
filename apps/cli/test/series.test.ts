/* What is read of a CSV file, and what is refused. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, RecurraError } from '@recurra/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { naiveLags } from '../src/forecast/baselines.js';
import { readSeries, type Series } from '../src/forecast/series.js';
import { textOfTime, timeAfter } from '../src/forecast/times.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-series-'));
});
afterAll(() => rm(folder, { recursive: true }));

const columns = { target: 'level', time: 'when' };

async function read(text: string, options: Parameters<typeof readSeries>[1] = columns): Promise<Series> {
  const path = join(folder, 'tides.csv');
  await writeFile(path, text);
  return readSeries(path, options);
}

/** Hours of a day from 0:00, of which some are left out, in the order that is given. */
const hours = (...list: number[]) =>
  `when,level\n${list.map((hour) => `2024-02-01T${String(hour).padStart(2, '0')}:00,${hour}`).join('\n')}\n`;

test.each([
  [
    hours(3, 2, 1, 0),
    /line 3: 2024-02-01T02:00 is before 2024-02-01T03:00 of line 2.*the newest row is the first.*--sort/,
  ],
  [hours(0, 1, 3, 2), /line 5: 2024-02-01T02:00 is before .* of line 4\. .*oldest to the newest.*--sort/],
  [hours(0, 1, 1, 2), /lines 3 and 4 have the same time, 2024-02-01T01:00/],
  [
    hours(0, 1, 3, 4, 5, 9),
    /1 hour apart, but for 2 gaps: the first is from line 3 \(.*T01:00\) to line 4 \(.*T03:00\)/,
  ],
  ['when,level\n2024-02-30,1\n', /line 2, when: 2024-02-30 does not exist/],
  ['when,level\n2024-02-28T24:00,1\n', /line 2, when: .* does not exist/],
  ['when,level\n2024-02-28 noon,1\n', /line 2, when: "2024-02-28 noon" is not a date/],
  ['when,level\n,1\n', /line 2, when: the cell is empty, and not a date/],
  [
    'when,level\n2024-02-01T00:00+01:00,1\n2024-02-01T02:00+02:00,1\n',
    /line 3, when: the time zone is \+02:00, and \+01:00/,
  ],
  ['when,level\n2024-02-01,0x10\n', /line 2, level: "0x10" is not a decimal number/],
  ['when,level\n2024-02-01,1e999\n', /line 2, level: 1e999 is beyond what float32 holds/],
  ['when,level\n2024-02-01,-1e39\n', /line 2, level: -1e39 is beyond/],
  ['when,level\n\n2024-02-01,\n', /line 3, level: the cell is empty/],
  ['when,level,level\n2024-02-01,1,2\n', /two columns are called "level", number 2 and number 3/],
  ['when;level\n2024-02-01;1\n2024-02-02;1;2\n', /on line 3; by the header, a semicolon separates/],
  ['when;level\n2024-02-01;1,5\n2024-02-02;1.5\n', /line 3, level: "1\.5" has a decimal point/],
  ['when,level\n2024-02-01,"1,5"\n', /line 2, level: "1,5" is not a decimal number/],
])('what cannot be read is refused, with its line: %j', async (text, message) => {
  const error = await read(text).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DataError);
  expect((error as Error).message).toMatch(message);
});

test('rows in any order, sorted, are the rows in the order of time', async () => {
  const sorted = await read(hours(...Array.from({ length: 24 }, (_, hour) => hour)));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...Array(24).keys()], { minLength: 24 }), async (order) => {
      expect(await read(hours(...order), { ...columns, sort: true })).toEqual(sorted);
    }),
    { numRuns: 20 },
  );
  await expect(read(hours(0), { target: 'level', sort: true })).rejects.toThrow(/--sort needs --time/);
});

test('cells are separated by what the header has most of, and semicolons allow decimal commas', async () => {
  for (const text of [
    'when;level\n2024-02-01;-1,5\n',
    'when\tlevel\n2024-02-01\t-1.5\n',
    '"a;b;c",when,level\n,2024-02-01,-1.5\n',
  ])
    expect([...(await read(text)).values]).toEqual([-1.5]);
  expect([...(await read('level\n.5\n+2.\n1e-3\n', { target: 'level' })).values]).toEqual([0.5, 2, 0.001]);
});

test('dates without a gap have their step, and the times that come next: also months', async () => {
  const next = async (...dates: string[]) => {
    const { step, times = [] } = await read(`when,level\n${dates.map((date) => `${date},1`).join('\n')}\n`);
    return step && [1, 2, 13].map((count) => textOfTime(timeAfter(times[times.length - 1], step, count)));
  };
  expect(await next('2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29')).toEqual([
    '2024-03-31T00:00',
    '2024-04-30T00:00',
    '2025-03-31T00:00',
  ]);
  expect(await next('1969-11-15 06:00', '1969-12-15 06:00', '1970-01-15 06:00')).toEqual([
    '1970-02-15T06:00',
    '1970-03-15T06:00',
    '1971-02-15T06:00',
  ]);
  expect(await next('2024-02-28T23:00:00Z', '2024-02-28T23:15:00Z')).toEqual([
    '2024-02-28T23:30',
    '2024-02-28T23:45',
    '2024-02-29T02:30',
  ]);
  await expect(next('2023-11-01', '2023-12-01', '2024-01-01', '2024-03-01')).rejects.toThrow(
    /1 month apart, but for 1 gap: from line 4/,
  );
});

test('the naive forecasts look back by what the times say, and else by the season', () => {
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

test('whatever a file says, it is read or refused by an error of ours', async () => {
  const cell = fc.oneof(
    fc.constantFrom('2024-02-01', '2024-02-02', '1,5', '1;5', '"', '1e300', '', ' ', '\t', '-0'),
    fc.string({ maxLength: 5 }),
  );
  const rows = fc.array(fc.array(cell, { maxLength: 3 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom(',', ';', '\t'), async (cells, delimiter) => {
      const text = [`when${delimiter}level`, ...cells.map((row) => row.join(delimiter))].join('\n');
      await read(text).catch((error: unknown) => expect(error).toBeInstanceOf(RecurraError));
    }),
    { numRuns: 300 },
  );
});
