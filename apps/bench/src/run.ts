/* A run, as the page follows it. */
import type { Results } from '@recurra/bench/results';
import type { Identity } from '@recurra/bench/worker';
import { useEffect, useRef, useState } from 'preact/hooks';
import { browserName, machine } from './machine.js';
import type { Missing } from './systems.js';
import type { Left, Order, Progress, RunOptions, Told } from './worker/protocol.js';

export interface Run {
  readonly status: 'none' | 'running' | 'finished' | 'aborted' | 'failed';
  /** How many scenarios. */
  readonly scenarios: number;
  readonly results: Results;
  readonly opened: readonly Identity[];
  readonly left: readonly Left[];
  readonly progress?: Progress;
  readonly error?: string;
}

export interface Runs {
  readonly run: Run;
  start(options: Pick<RunOptions, 'scenarios' | 'systems' | 'threads'>): void;
  abort(): void;
}

const none: Run = {
  status: 'none',
  scenarios: 0,
  results: { machine: machine(), rows: [], refused: [] },
  opened: [],
  left: [],
};

/** All the work is in workers; ending the schedule's ends the systems' too. */
export function useRuns(): Runs {
  const [run, setRun] = useState(none);
  const worker = useRef<Worker | undefined>(undefined);
  const end = () => {
    worker.current?.terminate();
    worker.current = undefined;
  };
  useEffect(() => end, []);
  return {
    run,
    start({ scenarios, systems, threads }) {
      end();
      setRun({
        ...none,
        status: 'running',
        scenarios: scenarios.length,
        results: { ...none.results, machine: machine() },
      });
      const base = new URL('.', document.baseURI).href;
      const options = { scenarios, systems, threads, base, browser: browserName() };
      worker.current = ask({ kind: 'run', options }, (told) => {
        setRun((before) => after(before, told));
        if (told.kind === 'finished' || told.kind === 'failed') end();
      });
    },
    abort() {
      end();
      setRun((before) => ({ ...before, status: 'aborted', progress: undefined }));
    },
  };
}

function after(run: Run, told: Told): Run {
  switch (told.kind) {
    case 'opened':
      return { ...run, opened: [...run.opened, told.identity] };
    case 'left':
      return { ...run, left: [...run.left, told.left] };
    case 'progress':
      return { ...run, progress: told.progress };
    case 'measured': {
      const { rows, refused } = told.measurement;
      const results = {
        ...run.results,
        rows: [...run.results.rows, ...rows],
        refused: [...run.results.refused, ...refused],
      };
      return { ...run, results };
    }
    case 'finished':
      return { ...run, status: 'finished', progress: undefined };
    case 'failed':
      return { ...run, status: 'failed', progress: undefined, error: told.reason };
    case 'missing':
      return run;
  }
}

/** What does not run in this browser; undefined until that is known. */
export function useMissing(): Missing | undefined {
  const [missing, setMissing] = useState<Missing>();
  useEffect(() => {
    const worker = ask({ kind: 'missing' }, (told) => {
      if (told.kind === 'missing') setMissing(told.missing);
      worker.terminate();
    });
    return () => worker.terminate();
  }, []);
  return missing;
}

function ask(order: Order, listen: (told: Told) => void): Worker {
  const worker = new Worker(new URL('./worker/schedule.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Told>) => listen(data);
  worker.onerror = ({ message }) =>
    listen({ kind: 'failed', reason: message || 'the worker could not be loaded' });
  worker.postMessage(order);
  return worker;
}
