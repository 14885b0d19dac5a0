import { describe, expect, it } from 'vitest';
import { threadCount } from '../src/backend.js';
import { OptionError } from '../src/errors.js';
import { boolean, checkOptions, fraction, oneOf, optional, positiveInteger, show } from '../src/options.js';

const check = (options: object | undefined) =>
  checkOptions('lstm', options, {
    units: positiveInteger,
    merge: optional(oneOf('concat', 'sum'), 'concat'),
    dropout: optional(fraction, 0),
    bias: optional(boolean),
  });

describe('checkOptions', () => {
  it('fills in defaults, including for an option that is undefined', () => {
    expect(check({ units: 3, dropout: undefined })).toEqual({
      units: 3,
      merge: 'concat',
      dropout: 0,
      bias: undefined,
    });
  });

  it.each([
    [{ unit: 3 }, 'lstm: unknown option "unit"; did you mean "units"? Known: units, merge, dropout, bias'],
    [{ units: 3, colour: 1 }, 'lstm: unknown option "colour". Known: units, merge, dropout, bias'],
    [{ units: 3, toString: 1 }, 'lstm: unknown option "toString"'],
    [{}, 'lstm: units is missing; it must be a positive whole number'],
    [{ units: 2.5 }, 'lstm: units must be a positive whole number, not 2.5'],
    [{ units: '2' }, 'lstm: units must be a positive whole number, not "2"'],
    [{ units: Number.NaN }, 'lstm: units must be a positive whole number, not NaN'],
    [{ units: 1, dropout: 1 }, 'lstm: dropout must be a number from 0 to below 1, not 1'],
    [{ units: 1, merge: 'mean' }, `lstm: merge must be 'concat' or 'sum', not "mean"`],
    [{ units: 1, bias: { on: true } }, 'lstm: bias must be true or false, not { on }'],
    [null, 'lstm: options must be an object, not null'],
  ])('%j: %s', (options, message) => {
    expect(() => check(options as object)).toThrow(OptionError);
    expect(() => check(options as object)).toThrow(message);
  });
});

describe('show', () => {
  it.each<[unknown, string]>([
    ['a"b', '"a\\"b"'],
    [12n, '12n'],
    [[1, [2, 'x'], null], '[1,[2,"x"],null]'],
    [[[[[[1]]]]], '[[[[…]]]]'],
    [{ a: 1, b: [2] }, '{ a, b }'],
    [{}, '{}'],
    [new Map(), 'a Map'],
    [Object.create(null), '{}'],
    [Symbol('x'), 'Symbol(x)'],
  ])('formats %s', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('returns a short text for every value', () => {
    const deep = Array.from({ length: 1e5 }).reduce((inner) => [inner], 1);
    const long = 'x'.repeat(1e6);
    const all = [
      deep,
      long,
      new Array(1e6).fill(1),
      { [long]: 1 },
      { ...new Array(1e5).fill(1) },
      [[long], [long]],
    ];
    for (const value of all) expect(show(value).length).toBeLessThanOrEqual(60);
  });
});

it('a long message keeps its beginning and its end', () => {
  const { message } = new OptionError(`the names ${'x'.repeat(1e6)} are not known`);
  expect(message.length).toBeLessThanOrEqual(1000);
  expect(message).toMatch(/^the names xxx.* … x+ are not known$/);
  expect(() => checkOptions('lstm', { ['u'.repeat(1e6)]: 1 }, { units: positiveInteger })).toThrow(
    /^lstm: unknown option "uuu.{50,60}…\. Known: units$/,
  );
});

it("accepts a number of threads, or 'auto'", () => {
  const { accepts, expected } = threadCount(64);
  expect(expected).toBe("a whole number from 1 to 64, or 'auto'");
  expect([1, 64, 'auto', 0, 65, 1.5, '2'].map(accepts)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
