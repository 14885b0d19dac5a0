/* The rule for the form of a scan on a software adapter. */
import { expect, test } from 'vitest';
import { lstm } from '../src/fused/lstm.js';
import { candidateForms } from '../src/fused/scan-form.js';
import type { Context } from '../src/memory.js';

const limits = { maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupStorageSize: 65_536 };
const device = { software: true, limits } as unknown as Context;

test('a software adapter scans narrow layers and few rows in one dispatch, with up to 16 rows to an invocation', () => {
  const chosen = [
    [1, 64],
    [16, 256],
    [24, 64],
    [32, 64],
    [32, 96],
  ].map(([batch, units]) => {
    const request = { cell: 'lstm', resetAfter: true, activation: 'tanh', time: 8, lengths: false } as const;
    const [{ name, rows }] = candidateForms(device, { ...request, batch, units }, lstm);
    return [name, rows];
  });
  expect(chosen).toEqual([
    ['sequence', 1],
    ['sequence', 8],
    ['sequence', 8],
    ['sequence', 16],
    ['step', 16],
  ]);
});
