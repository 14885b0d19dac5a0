/* A failing case counts as skipped only if the backend declares that it lacks the capability. */
import { reference } from '@recurra/backend-reference';
import { conformance, type Result, Session, titleOf, worstFirst } from '@recurra/conformance';
import type { Backend } from '@recurra/core';
import { expect, test } from 'vitest';

const cases = conformance().filter(
  ({ needs, group }) => needs === 'denormals' || needs === 'fused' || group === 'capabilities',
);

async function run(change: (right: Backend) => Partial<Backend>) {
  const session = new Session(async () => {
    const right = await reference();
    return { ...right, ...change(right) };
  });
  const results: Result[] = [];
  for (const item of cases) results.push(await session.run(item));
  session.close();
  const of = (needs: string | undefined) => results.filter((result) => result.needs === needs);
  return { fused: of('fused'), denormals: of('denormals'), verdict: of(undefined)[0] };
}

/** A backend that flushes numbers below 2⁻¹²⁶ to zero. */
const flushing = (right: Backend): Partial<Backend> => ({
  upload: (data, shape) =>
    right.upload(
      Array.from(data, (value) => (Math.abs(value) < 2 ** -126 ? 0 : value)),
      shape,
    ),
});

test('a declared lack is skipped with its reason, and an undeclared one is not', async () => {
  const { fused, denormals, verdict } = await run(flushing);
  expect(new Set(fused.map(({ status, reason }) => `${status}: ${reason}`))).toEqual(
    new Set(['skipped: plain loops, for readability']),
  );
  expect(denormals.map(({ status }) => status)).toEqual(['failed']);
  expect(verdict.status).toBe('passed');
});

test('a case that needs a declared lack is skipped', async () => {
  const lacks = { fused: 'no', denormals: 'flushed by the device' };
  const { denormals, verdict } = await run((right) => ({ ...flushing(right), lacks }));
  expect(denormals).toMatchObject([{ status: 'skipped', reason: 'flushed by the device' }]);
  expect(verdict.status).toBe('passed');
});

test('it is a failure to have no fused kernel and not to declare it', async () => {
  const { fused, verdict } = await run(() => ({ lacks: {} }));
  expect(
    fused.every(({ status, reason }) => status === 'failed' && /lacks: { fused/.test(reason ?? '')),
  ).toBe(true);
  expect(verdict.status).toBe('passed');
});

test('a declared lack that works is a failure', async () => {
  const { denormals, verdict } = await run(() => ({ lacks: { fused: 'no', denormals: 'untried' } }));
  expect(denormals[0].status).toBe('passed');
  expect(verdict).toMatchObject({
    status: 'failed',
    reason: 'declares that it lacks denormals ("untried"), but every case that needs it passed',
  });
});

test('the worst errors come first', () => {
  const result = (name: string, worst?: number) => ({
    ...({ group: 'g', name, status: 'passed', kernels: [], milliseconds: 1 } as const),
    ...(worst !== undefined && { worst }),
  });
  const results = [result('a', 0.1), result('b'), result('c', 0.9)];
  expect(worstFirst({ results }).map(titleOf)).toEqual(['g: c', 'g: a']);
});
