/* The table of recorded results. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Results } from '../src/results.js';
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
