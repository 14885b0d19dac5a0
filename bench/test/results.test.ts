/* The table of recorded results. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Results } from '../src/results.js';
import { runsTable } from '../src/runs-table.js';
import { resultsTable } from '../src/table.js';

const recorded = new URL('../results/2026-11-21-node24-lstm-forward.json', import.meta.url);

describe('the table of recorded results', () => {
  const results: Results = JSON.parse(readFileSync(recorded, 'utf8'));

  it('has the machine, each row once, and the mean ratios', () => {
    const table = resultsTable(results);
    expect(table).toContain(`${results.machine.cpu}, ${results.machine.cores} cores, Node`);
    expect(table.split('\n').filter((line) => line.endsWith('runs'))).toHaveLength(results.rows.length);
    expect(table).toContain('Times as long as recurra-cpu, geometric mean');
  });

  it('has scenarios in which every system was rejected, and an error names an unknown scenario', () => {
    const refusal = { system: 'tfjs-cpu', threads: 1, reason: 'y is off by 5 % of its norm', wrong: true };
    const only = (scenario: string): Results => ({
      ...results,
      rows: [],
      refused: [{ ...refusal, scenario }],
    });
    expect(resultsTable(only('lstm-S-train'))).toContain('NOT TIMED  tfjs-cpu, 1 thread: y is off by 5 %');
    expect(() => resultsTable(only('lstm-Q'))).toThrow("'lstm-Q' is not known");
  });
});

it('the table of several runs has the median of their medians and ratios, and what only some measured', () => {
  const row = (system: string, medianMs: number) => ({
    ...{
      scenario: 'lstm-S-forward',
      system,
      threads: 1,
      version: '1',
      runtime: 'Node 20',
      executor: 'a fake',
    },
    ...{ cell: 'lstm' as const, mode: 'forward' as const, shape: { T: 1, B: 1, I: 1, H: 1 } },
    ...{ medianMs, minMs: medianMs, maxMs: medianMs, spread: 0, runs: 1, peakShare: null, peakGflops: null },
  });
  const run = (own: number, ort: number, more: readonly ReturnType<typeof row>[] = []): Results => ({
    machine: { cpu: 'a CPU', cores: 2, os: 'an OS', date: '2026-01-01' },
    rows: [row('recurra-cpu', own), row('onnxruntime-web', ort), ...more],
    refused: [],
  });
  const table = runsTable([run(10, 15), run(20, 40), run(12, 12, [row('tfjs-wasm', 36)])]);
  // The medians of the ratios, not the ratios of the medians.
  expect(table).toMatch(/onnxruntime-web +1 thread +15.0 ms +12.0 ms – 40.0 ms +×1.50 +×1.00 – ×2.00\n/);
  expect(table).toMatch(/tfjs-wasm +1 thread +36.0 ms .* ×3.00 .* in 1 of 3 runs/);
  expect(table).toMatch(/lstm forward +onnxruntime-web +1 thread +×1.50 +×1.00 – ×2.00 +1 scenario$/);
  const other = { ...run(1, 2), rows: [row('recurra-webgpu', 1)] };
  expect(() => runsTable([run(1, 2), other])).toThrow('recurra-cpu, and another recurra-webgpu');
});
