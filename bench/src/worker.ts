/*
 * A system as the benchmark drives it: in a Node process, a page or a Web Worker. Requests go through a
 * channel to handler.ts, which runs in the system's process.
 */
import type { Scenario } from './scenarios.js';
import { type Arrays, Declined, type Description, type Equations } from './system.js';

export type Request =
  | { readonly kind: 'open' }
  | { readonly kind: 'prepare'; readonly scenario: Scenario }
  | { readonly kind: 'round'; readonly milliseconds: number }
  | { readonly kind: 'finish' };

/** The result of each kind of request. */
export interface RequestResults {
  readonly open: Description;
  readonly prepare: Preparation;
  readonly round: Round;
  readonly finish: undefined;
}

/** Either a result, or the reason why there is none. */
export interface Reply {
  readonly result?: RequestResults[Request['kind']];
  /** The message of a {@link Declined}. */
  readonly declined?: string;
  /** The message of any other error. */
  readonly error?: string;
  /** The processor time of the request; known in Chromium. */
  readonly processMs?: ProcessTimes;
}

export interface Preparation {
  readonly outputs: Arrays;
  /** The time that computing the outputs took. */
  readonly outputsMs: number;
  readonly equations?: Equations;
}

/** The measurements of one system in one round. */
export interface Round {
  /** Milliseconds of each sample. A sample is the mean of several repetitions if the clock is too coarse for one. */
  readonly times: readonly number[];
  /** All repetitions, including those that were not timed. */
  readonly repetitions?: number;
  /** In Node: processor time of a timed repetition, on average. */
  readonly processorMs?: number;
  /** Of all repetitions together. */
  readonly processMs?: ProcessTimes;
  /** The samples of `Opened.peaks`. */
  readonly peaks?: readonly number[];
  readonly bytes?: number;
}

/** Milliseconds of processor time in Chromium's processes, all their threads together. */
export interface ProcessTimes {
  /** The process of the page: JavaScript, WebAssembly, and the recording of GPU commands. */
  readonly page: number;
  /** The GPU process: the driver, and all the work of a GPU that is emulated in software. */
  readonly gpu: number;
}

/** A system that was opened with a number of threads. */
export interface Identity extends Description {
  readonly system: string;
  /** `Node 24.1.0`, `Chromium 156.0.8078.79`, `Python 3.11.2` */
  readonly runtime: string;
  readonly threads: number;
}

export interface SystemWorker {
  readonly identity: Identity;
  /** @throws Declined if the system does not run the scenario */
  prepare(scenario: Scenario): Promise<Preparation>;
  /** Repeats the prepared scenario until `milliseconds` have passed. */
  round(milliseconds: number): Promise<Round>;
  /** Frees the memory of the scenario. */
  finish(): Promise<void>;
  close(): void;
}

export interface Channel {
  /** `Node 24.1.0`; a system that runs in another program reports that program. */
  readonly runtime: string;
  send(request: Request): Promise<Reply>;
  close(): void;
}

/** Opens a channel to a system that will run with `threads` threads. */
export type OpenChannel = (system: string, threads: number) => Channel | Promise<Channel>;

/** A request that takes longer than this has failed: no request needs that long. */
export const timeoutMs = 180_000;

/** @throws Declined if the system is not available, or not with this number of threads */
async function openWorker(open: OpenChannel, system: string, threads: number): Promise<SystemWorker> {
  const channel = await open(system, threads);
  const send = async <Kind extends Request['kind']>(request: Request & { readonly kind: Kind }) => {
    const { result, declined, error, processMs } = await channel.send(request);
    if (declined !== undefined) throw new Declined(declined);
    if (error !== undefined) throw new Error(error);
    return { result: result as RequestResults[Kind], processMs };
  };
  try {
    const { result: description } = await send({ kind: 'open' });
    return {
      identity: { system, threads, ...description, runtime: description.runtime ?? channel.runtime },
      prepare: async (scenario) => (await send({ kind: 'prepare', scenario })).result,
      async round(milliseconds) {
        const { result, processMs } = await send({ kind: 'round', milliseconds });
        return { ...result, processMs };
      },
      finish: async () => void (await send({ kind: 'finish' })),
      close: () => channel.close(),
    };
  } catch (error) {
    channel.close();
    throw error;
  }
}

export interface OpeningEvents {
  readonly opened: (identity: Identity) => void;
  /** A system is not available, or not with this number of threads. */
  readonly unavailable: (system: string, threads: number, reason: string) => void;
}

/** A worker for each system with each number of threads. Those that cannot be opened are reported and left out. */
export async function openWorkers(
  open: OpenChannel,
  systems: readonly string[],
  threads: readonly number[],
  { opened, unavailable }: OpeningEvents,
): Promise<SystemWorker[]> {
  const workers: SystemWorker[] = [];
  for (const system of systems) {
    for (const count of threads) {
      try {
        const worker = await openWorker(open, system, count);
        opened(worker.identity);
        workers.push(worker);
      } catch (error) {
        unavailable(system, count, (error as Error).message);
      }
    }
  }
  return workers;
}
