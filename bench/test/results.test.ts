/* The table of results that were kept. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Results } from '../src/results.js';
import { resultsTable } from '../src/table.js';

const kept = new URL('../results/2026-11-21-node24-lstm-forward.json', import.meta.url);

describe('the table of kept results', () => {
  const results: Results = JSON.parse(readFileSync(kept, 'utf8'));

  it('has the machine, each row once, and the ratios taken together', () => {
    const table = resultsTable(results);
    expect(table).toContain(`${results.machine.cpu}, ${results.machine.cores} cores, Node`);
    expect(table.split('\n').filter((line) => line.endsWith('runs'))).toHaveLength(results.rows.length);
    expect(table).toContain('Times as long as recurra-cpu, geometric mean');
  });

  it('has scenarios where every system was refused, and names those that it does not know', () => {
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
