/*
 * The other threads of a team: workers with an instance of the kernels each, over the same memory. Their script is inlined,
 * so that there is no path for a bundler to lose.
 */
import { DeviceError } from '@recurra/core';

/** Starts an instance, says so, and lets it serve until it is dismissed. */
const SERVE = `({ module, memory, thread, threads }, ready) => {
  const words = new Int32Array(memory.buffer);
  const park = (word, old) => { Atomics.wait(words, word >> 2, old); };
  return WebAssembly.instantiate(module, { env: { memory, park } }).then(({ exports }) => {
    ready();
    exports.serve(thread, threads);
  });
}`;

/** Neither `require` nor `import`: whether it is a module depends on how the process was started. */
const IN_NODE = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
(${SERVE})(workerData, () => parentPort.postMessage('ready'));`;

const IN_PAGE = `
onmessage = ({ data }) => (${SERVE})(data, () => postMessage('ready')).then(close);`;

/** What an instance needs to become a thread. */
interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
}

/** As much of Node as is used here; undefined elsewhere. It is asked for in this way so that a bundler sees no import. */
interface NodeModules {
  getBuiltinModule(name: 'node:os'): { availableParallelism(): number };
  getBuiltinModule(name: 'node:worker_threads'): {
    Worker: new (source: string, options: { eval: true; workerData: Start }) => NodeWorker;
  };
}
interface NodeWorker {
  once(event: 'message' | 'exit', listener: () => void): void;
  once(event: 'error', listener: (error: Error) => void): void;
  unref(): void;
}

function node(): NodeModules | undefined {
  const { process } = globalThis as { process?: Partial<NodeModules> };
  return process?.getBuiltinModule ? (process as NodeModules) : undefined;
}

/** Whether threads can share memory here: in Node, and in a page that is cross-origin isolated. */
export function canShare(): boolean {
  if (node()) return true;
  return typeof Worker !== 'undefined' && globalThis.crossOriginIsolated === true;
}

/** How many threads the processor runs at once. */
export function availableThreads(): number {
  return node()?.getBuiltinModule('node:os').availableParallelism() ?? navigator.hardwareConcurrency;
}

/** Whether this thread may be parked: a page's own may not. */
export function mayPark(): boolean {
  return node() !== undefined || typeof document === 'undefined';
}

/** The threads that were started. */
export interface Team {
  /** Why one of them is gone, if it is: nobody may wait for it any more. */
  lost?: DeviceError;
}

/**
 * Starts threads 1 to `threads` − 1; resolves when all of them serve. They do not keep a Node process alive.
 * @throws DeviceError where one cannot be started
 */
export async function startThreads(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  threads: number,
): Promise<Team> {
  const team: Team = {};
  const lose = (reason: string) => {
    team.lost ??= new DeviceError(
      `cpu: one of the ${threads} threads is lost: ${reason}; make a new backend`,
    );
  };
  const start = node() ? startInNode : startInPage;
  const others = Array.from({ length: threads - 1 }, (_, i) => i + 1);
  await Promise.all(others.map((thread) => start({ module, memory, thread, threads }, lose)));
  return team;
}

/** @param lose called when it fails after it has started */
function startInNode(workerData: Start, lose: (reason: string) => void): Promise<void> {
  const { Worker } = (node() as NodeModules).getBuiltinModule('node:worker_threads');
  return new Promise((resolve, reject) => {
    const worker = new Worker(IN_NODE, { eval: true, workerData });
    worker.once('message', () => {
      worker.unref();
      resolve();
    });
    const fail = (reason: string) => {
      reject(failure(reason));
      lose(reason);
    };
    worker.once('error', (error) => fail(error.message));
    worker.once('exit', () => fail('it ended'));
  });
}

function startInPage(start: Start, lose: (reason: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob([IN_PAGE], { type: 'text/javascript' }));
    const worker = new Worker(url);
    worker.onmessage = () => {
      URL.revokeObjectURL(url);
      resolve();
    };
    worker.onerror = ({ message }) => {
      reject(failure(message || 'its script was refused'));
      lose(message);
    };
    worker.postMessage(start);
  });
}

function failure(reason: string): DeviceError {
  return new DeviceError(`cpu: a worker could not be started: ${reason}`);
}
