/* The last part of `recurra doctor`: measures the backends on one layer, and recommends one. */
import type { BackendMaker } from '@recurra/core';
import { type MeasuredBackend, type MeasureOptions, measureBackends } from '@recurra/core/measure';
import { interruptible } from './exit.js';
import { progressBar } from './progress.js';

/** A backend that runs on this machine. */
export interface Runnable {
  /** Its name on the command line. */
  readonly label: string;
  readonly create: BackendMaker;
}

/**
 * Measures the backends with a progress bar, and prints their times and a recommendation.
 * @returns true if all were measured and agree; undefined, with the exit code set, if it was interrupted
 * @throws OptionError for a shape that is too large
 */
export async function recommend(
  backends: readonly Runnable[],
  options: MeasureOptions,
): Promise<boolean | undefined> {
  const bar = progressBar('{bar} {doing} {backend}');
  const { result, exitCode } = await interruptible(async (signal) => {
    try {
      bar.start(1, 0, { doing: 'starting', backend: '' });
      return await measureBackends(
        backends.map(({ create }) => create),
        { ...options, signal, onProgress: ({ share, ...labels }) => bar.update(share, labels) },
      );
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      bar.stop();
    }
  });
  if (!result) {
    process.exitCode = exitCode;
    return undefined;
  }
  const { best, measured, reason } = result;
  const width = Math.max(...backends.map(({ label }) => label.length));
  console.log(`\nmeasured: ${describe(options)}`);
  for (const [at, { label }] of backends.entries())
    console.log(`  ${label.padEnd(width)}  ${summaryOf(measured[at])}`);
  const chosen = best && backends[measured.indexOf(best)].label;
  console.log(`\nrecommended  ${chosen ?? 'none of these'}`);
  console.log(`because      ${reason}`);
  return measured.every(({ error }) => !error);
}

/** `a training step of an LSTM: 64 inputs, 64 units, batches of 32, 32 steps` */
function describe({ cell, units, inputs = units, batch, steps, train }: MeasureOptions): string {
  const layer = cell === 'gru' ? 'a GRU' : cell === 'rnn' ? 'an RNN' : 'an LSTM';
  const work = train ? 'a training step' : 'a forward pass';
  return `${work} of ${layer}: ${inputs} inputs, ${units} units, batches of ${batch}, ${steps} steps`;
}

function summaryOf({ error, medianMs = 0, spread = 0, repetitions, software, device }: MeasuredBackend) {
  if (error) return `left out: ${error.message}`;
  const time = `${Number(medianMs.toPrecision(3))} ms, spread ${(spread * 100).toFixed(0)} %`;
  const adapter = software ? ', a software-emulated GPU' : '';
  return `${time}, ${repetitions} repetitions, on ${device}${adapter}`;
}
