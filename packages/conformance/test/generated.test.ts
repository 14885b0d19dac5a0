/*
 * Generated cases: their number, their reproducibility for a seed, and failures that are shrunk and can be
 * run again.
 */
import { reference } from '@recurra/backend-reference';
import { conformance, runConformance, titleOf } from '@recurra/conformance';
import { type Backend, OptionError } from '@recurra/core';
import { expect, test } from 'vitest';

const TITLE = 'generated/operations: affine';

/** A backend whose affine is wrong for three rows or more. */
async function wrong(): Promise<Backend> {
  const right = await reference();
  return {
    ...right,
    affine: (x, scale, shift) => right.affine(x, scale, x.shape[0] >= 3 ? shift + 1 : shift),
  };
}

test('at least 500 examples for each backend by default', async () => {
  const cases = conformance().filter(({ group }) => group.startsWith('generated/'));
  const { runs } = await runConformance({ name: 'reference', create: reference, only: TITLE });
  expect(cases.length * runs).toBeGreaterThanOrEqual(500);
});

test('a failure is shrunk, and its options run only this example again', async () => {
  const first = await runConformance({ name: 'wrong', create: wrong, only: TITLE, seed: 7 });
  const [{ status, reason, replay }] = first.results;
  expect([status, first.results.length, first.seed]).toEqual(['failed', 1, 7]);
  // The smallest failing shape has three rows.
  expect(reason).toMatch(/the result at .* for {"shape":\[3(,\d)*\],/);
  expect(reason).toContain(`again: { seed: 7, path: "${replay?.path}", only: "${TITLE}" }`);

  let calls = 0;
  const counted = async () => {
    const backend = await wrong();
    const affine: Backend['affine'] = (...args) => {
      calls += 1;
      return backend.affine(...args);
    };
    return { ...backend, affine };
  };
  const again = await runConformance({ name: 'wrong', create: counted, only: TITLE, ...replay });
  expect(again.results[0]).toMatchObject({ status: 'failed', reason });
  expect(calls).toBe(1);
});

test('a case is selected by its title, or by a part of it', () => {
  expect(conformance({ only: 'generated/recurrent: gru' }).map(titleOf)).toEqual([
    'generated/recurrent: gru',
  ]);
  expect(conformance({ only: 'recurrent: gru, resetAfter: f' }).length).toBeGreaterThan(1);
  expect(() => conformance({ only: 'no such case' })).toThrow(OptionError);
  expect(() => conformance({ path: '3:1' })).toThrow(/select the case with only/);
});
