/* The state of a run. */
import type { Results } from '@recurra/bench/results';
import type { Identity } from '@recurra/bench/worker';
import { useEffect, useRef, useState } from 'preact/hooks';
import { browserName, machine } from './machine.js';
import type { Missing } from './systems.js';
import type { Declined, Message, Order, Progress, RunOptions } from './worker/protocol.js';

export interface Run {
  readonly status: 'none' | 'running' | 'finished' | 'aborted' | 'failed';
  /** The number of scenarios. */
  readonly scenarios: number;
  readonly results: Results;
  readonly opened: readonly Identity[];
  readonly declined: readonly Declined[];
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
  declined: [],
};

/** All the work is done in workers. Terminating the schedule's worker also ends those of the systems. */
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
      worker.current = ask({ kind: 'run', options }, (message) => {
        setRun((before) => after(before, message));
        if (message.kind === 'finished' || message.kind === 'failed') end();
      });
    },
    abort() {
      end();
      setRun((before) => ({ ...before, status: 'aborted', progress: undefined }));
    },
  };
}

function after(run: Run, message: Message): Run {
  switch (message.kind) {
    case 'opened':
      return { ...run, opened: [...run.opened, message.identity] };
    case 'declined':
      return { ...run, declined: [...run.declined, message.declined] };
    case 'progress':
      return { ...run, progress: message.progress };
    case 'measured': {
      const { rows, refused } = message.measurement;
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
      return { ...run, status: 'failed', progress: undefined, error: message.reason };
    case 'missing':
      return run;
  }
}

/** The backends that cannot run in this browser; undefined until that is known. */
export function useMissing(): Missing | undefined {
  const [missing, setMissing] = useState<Missing>();
  useEffect(() => {
    const worker = ask({ kind: 'missing' }, (message) => {
      if (message.kind === 'missing') setMissing(message.missing);
      worker.terminate();
    });
    return () => worker.terminate();
  }, []);
  return missing;
}

function ask(order: Order, listen: (message: Message) => void): Worker {
  const worker = new Worker(new URL('./worker/schedule.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Message>) => listen(data);
  worker.onerror = ({ message }) =>
    listen({ kind: 'failed', reason: message || 'the worker could not be loaded' });
  worker.postMessage(order);
  return worker;
}
