/* The results of a run. `--json` and the benchmark page write them; the table and the chart read them. */
import type { Scenario } from './scenarios.js';
import type { Summary } from './statistics.js';
import type { Identity, ProcessTimes } from './worker.js';

/** A measurement: the system, the scenario and the times. */
export interface Row
  extends Identity,
    Summary,
    Pick<Scenario, 'cell' | 'mode' | 'shape' | 'resetAfter' | 'outputs'> {
  /** The scenario's name. */
  readonly scenario: string;
  /**
   * Speed of the matrix products as a share of `peakGflops` times the number of threads. Null for GPUs, and
   * if Recurra was not measured. It may exceed 1 for native code, which has wider vectors.
   */
  readonly peakShare: number | null;
  /** Speed of Recurra's matrix product on one thread, measured during this scenario. */
  readonly peakGflops: number | null;
  /** Recurra only: bytes on the backend at the end of the backward pass. */
  readonly bytes?: number;
  /** Processor time of one repetition in Chromium's processes. */
  readonly processMs?: ProcessTimes;
}

/** A system that was not timed. */
export interface Refusal {
  readonly scenario: string;
  readonly system: string;
  readonly threads: number;
  readonly reason: string;
  /** True if the system failed or its outputs are wrong; false if it declined the scenario. */
  readonly wrong: boolean;
}

export interface Results {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly refused: readonly Refusal[];
}

/** Browsers reveal less about the machine than Node does. */
export interface Machine {
  readonly cpu?: string;
  readonly cores: number;
  readonly memoryGiB?: number;
  readonly os: string;
  readonly node?: string;
  /** `Chromium 156.0.0.0`, if the benchmark page wrote the results. */
  readonly browser?: string;
  /** The system's load average over the last minute. */
  readonly load?: number;
  /** ISO 8601 */
  readonly date: string;
}

/** `AMD EPYC 7B13, 2 cores, Node 24.1.0` */
export function describeMachine({ cpu, cores, os, node, browser }: Machine): string {
  return [cpu ?? os, `${cores} cores`, node === undefined ? browser : `Node ${node}`].join(', ');
}

/** The system that the others are compared with: Recurra's first one. Undefined if there is none. */
export function ownOf(rows: readonly Row[]): string | undefined {
  return rows.find(({ system }) => system.startsWith('recurra-'))?.system;
}

/**
 * The time of a row as a multiple of the time of `own` with the same number of threads; for `own` itself, of
 * its time with one thread. Undefined if that was not timed.
 */
export function ratioTo(own: string, row: Row, rows: readonly Row[]): number | undefined {
  const threads = row.system === own ? 1 : row.threads;
  const base = rows.find((other) => {
    return other.system === own && other.scenario === row.scenario && other.threads === threads;
  });
  return base && row.medianMs / base.medianMs;
}
