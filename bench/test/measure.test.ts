import { reference } from '@recurra/backend-reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { chart } from '../src/chart.js';
import { type Measurement, measure } from '../src/measure.js';
import { problemOf } from '../src/problem.js';
import { type Cell, flopsOf, type Mode, type Scenario } from '../src/scenarios.js';
import { type Arrays, Declined } from '../src/system.js';
import { prepareOn } from '../src/systems/recurra.js';
import type { SystemWorker } from '../src/worker.js';

const pace = { warmUpMs: 0, sliceMs: 0, rounds: 3, limitMs: 0 };

function tiny(mode: Mode, cell: Cell = 'lstm'): Scenario {
  const shape = { T: mode === 'stream' ? 1 : 3, B: mode === 'stream' ? 1 : 4, I: 2, H: 3 };
  return { name: `lstm-S-${mode}`, cell, mode, shape };
}

/** A system that computes the reference's outputs, and then changes them. */
function fake(
  system: string,
  change: (outputs: Arrays) => Arrays,
  milliseconds = 2,
): SystemWorker & { rounds: number } {
  return {
    identity: { system, threads: 1, version: '1.2.3', runtime: 'Node 20.0.0', executor: 'a fake' },
    rounds: 0,
    async prepare(scenario) {
      const outputs = await prepareOn(await reference(), problemOf(scenario)).outputs();
      return { outputs: change(outputs), outputsMs: 0 };
    },
    async round() {
      this.rounds++;
      return { times: [milliseconds], peaks: [10] };
    },
    finish: async () => {},
    close: () => {},
  };
}

const right = (outputs: Arrays) => outputs;
/** Changes one number of one output. */
const wrongIn = (name: string) => (outputs: Arrays) => ({
  ...outputs,
  [name]: Array.from(outputs[name], (value, i) => (i === 1 ? value * 1.05 + 1e-3 : value)),
});

describe('a measurement', () => {
  const refusing: SystemWorker = {
    ...fake('tfjs-cpu', right),
    prepare: async () => {
      throw new Declined('it would take minutes');
    },
  };
  const ended: SystemWorker = {
    ...fake('brain.js', right),
    round: async () => {
      throw new Error('its process ended');
    },
  };
  const wrong = fake('tfjs-wasm', wrongIn('y'));
  let measurement: Measurement;
  beforeAll(async () => {
    const workers = [fake('recurra-cpu', right), fake('pytorch', right, 3), wrong, refusing, ended];
    measurement = await measure(tiny('forward'), workers, { pace });
  });

  it('rejects a system whose outputs differ, and never times it', () => {
    const refusal = measurement.refused.find(({ system }) => system === 'tfjs-wasm');
    expect(refusal).toMatchObject({ wrong: true, reason: expect.stringContaining('y is off by') });
    expect(wrong.rounds).toBe(0);
  });

  it('distinguishes declined from failed systems, and measures the others', () => {
    expect(measurement.refused.find(({ system }) => system === 'tfjs-cpu')).toMatchObject({
      reason: 'it would take minutes',
      wrong: false,
    });
    expect(measurement.refused.find(({ system }) => system === 'brain.js')).toMatchObject({
      reason: 'its process ended',
      wrong: true,
    });
    expect(measurement.rows.map(({ system }) => system)).toEqual(['recurra-cpu', 'pytorch']);
  });

  it('writes complete rows', () => {
    const shape = { T: 3, B: 4, I: 2, H: 3 };
    const speed = flopsOf(tiny('forward')) / 3 / 1e6;
    expect(JSON.parse(JSON.stringify(measurement.rows[1]))).toEqual({
      scenario: 'lstm-S-forward',
      system: 'pytorch',
      version: '1.2.3',
      runtime: 'Node 20.0.0',
      executor: 'a fake',
      threads: 1,
      cell: 'lstm',
      mode: 'forward',
      shape,
      medianMs: 3,
      minMs: 3,
      maxMs: 3,
      spread: 0,
      runs: 3,
      peakShare: speed / 10,
      peakGflops: 10,
    });
  });

  it('writes the processor time of a repetition on a GPU, but no share of the CPU’s peak', async () => {
    const gpu = { adapter: 'a renderer', software: true };
    const onGpu: SystemWorker = {
      ...fake('tfjs-webgl', right),
      round: async () => ({ times: [5, 5], repetitions: 3, processMs: { page: 6, gpu: 30 } }),
    };
    const workers = [fake('recurra-cpu', right), { ...onGpu, identity: { ...onGpu.identity, gpu } }];
    const { rows } = await measure(tiny('forward'), workers, { pace });
    expect(rows[1]).toMatchObject({ gpu, peakShare: null, processMs: { page: 2, gpu: 10 } });
  });

  it('is drawn as a chart', () => {
    const machine = {
      cpu: 'a CPU',
      cores: 2,
      memoryGiB: 8,
      os: 'an OS',
      node: '20.0.0',
      load: 0,
      date: '2026-01-01',
    };
    const svg = chart({ machine, ...measurement });
    for (const word of [
      'recurra-cpu 2.00 ms',
      'pytorch',
      '3.00 ms',
      '×1.50',
      'not timed: it would take minutes',
    ]) {
      expect(svg).toContain(word);
    }
  });
});

describe('the comparison', () => {
  it.each([
    ['gradients', '0.recurrentKernel'],
    ['gradients', 'x'],
    ['train', 'losses'],
    ['train', '0.kernel'],
    ['stream', 'y'],
  ] as const)('in mode %s detects that %s is wrong', async (mode, name) => {
    const workers = [fake('a', right), fake('b', wrongIn(name))];
    const { rows, refused } = await measure(tiny(mode), workers, { pace });
    expect(rows.map(({ system }) => system)).toEqual(['a']);
    expect(refused[0]).toMatchObject({ system: 'b', wrong: true });
  });

  it('detects NaN, missing numbers, unknown names and missing outputs', async () => {
    const workers = [
      fake('nan', ({ y }) => ({ y: Array.from(y, () => Number.NaN) })),
      fake('short', ({ y }) => ({ y: Array.from(y).slice(1) })),
      fake('other', ({ y }) => ({ z: y })),
      fake('none', () => ({})),
    ];
    const { rows, refused } = await measure(tiny('forward', 'gru'), workers, { pace });
    expect(rows).toEqual([]);
    expect(refused.every(({ wrong }) => wrong)).toBe(true);
  });
});
