import { describe, expect, it } from 'vitest';
import { OptionError } from '../src/errors.js';
import { boolean, checkOptions, fraction, oneOf, optional, positiveInteger } from '../src/options.js';

const check = (given: object | undefined) =>
  checkOptions('lstm', given, {
    units: positiveInteger,
    merge: optional(oneOf('concat', 'sum'), 'concat'),
    dropout: optional(fraction, 0),
    bias: optional(boolean),
  });

describe('checkOptions', () => {
  it('fills in defaults, also for an option that is undefined', () => {
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
  ])('%j: %s', (given, message) => {
    expect(() => check(given as object)).toThrow(OptionError);
    expect(() => check(given as object)).toThrow(message);
  });
});
