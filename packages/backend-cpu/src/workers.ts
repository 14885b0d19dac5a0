/*
 * Starts the worker threads of a pool, in Node and in browsers. Each has an instance of the kernels over the same memory.
 * The script of a worker is a string, so that bundlers need not resolve a path.
 */
import { DeviceError } from '@recurra/core';

/**
 * Instantiates the module, reports ready, then runs work until told to stop. If that fails, `health` tells
 * thread 0, which cannot receive messages while it waits, and `report` gives the reason.
 */
const RUN = `({ module, memory, health, thread, threads }, report) => {
  const words = new Int32Array(memory.buffer);
  const park = (word, old) => { Atomics.wait(words, word >> 2, old); };
  return WebAssembly.instantiate(module, { env: { memory, park } }).then(({ exports }) => {
    report('ready');
    exports.runWorker(thread, threads);
  }).catch((error) => {
    Atomics.store(health, 0, 1);
    report(String(error));
  });
}`;

/** Without `require` or `import`: which of the two is allowed depends on how the process was started. */
const NODE_SCRIPT = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
(${RUN})(workerData, (message) => parentPort.postMessage(message));`;

const PAGE_SCRIPT = `
onmessage = ({ data }) => (${RUN})(data, (message) => postMessage(message)).then(close);`;

/** The data with which a worker is started. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** One element, which a worker sets to 1 when it fails. */
  readonly health: Int32Array;
  /** The index of the thread, and the number of threads in the pool. */
  readonly thread: number;
  readonly threads: number;
}

export interface WorkerEvents {
  /** Called with the worker once it exists. */
  started(worker: Terminable): void;
  /** Called with the reason when a worker fails, while it starts or later. */
  failed(reason: string): void;
}

export interface Terminable {
  terminate(): unknown;
}

/** The parts of Node that are used here. They are not imported, so that a bundler for browsers sees no import. */
interface NodeModules {
  getBuiltinModule(name: 'node:os'): { availableParallelism(): number };
  getBuiltinModule(name: 'node:worker_threads'): {
    Worker: new (source: string, options: { eval: true; workerData: WorkerData }) => NodeWorker;
  };
}
interface NodeWorker extends Terminable {
  on(event: 'message', listener: (message: string) => void): void;
  once(event: 'exit', listener: () => void): void;
  once(event: 'error', listener: (error: Error) => void): void;
  unref(): void;
}

/** Node's `process`, or undefined in other environments. */
function node(): NodeModules | undefined {
  const { process } = globalThis as { process?: Partial<NodeModules> };
  return process?.getBuiltinModule ? (process as NodeModules) : undefined;
}

/** True if threads can share memory: in Node, and in a page that is cross-origin isolated. */
export function canShareMemory(): boolean {
  if (node()) return true;
  return typeof Worker !== 'undefined' && globalThis.crossOriginIsolated === true;
}

/** The number of threads that the processor can run at the same time. */
export function availableThreads(): number {
  return node()?.getBuiltinModule('node:os').availableParallelism() ?? navigator.hardwareConcurrency;
}

/** True if `Atomics.wait` is allowed on this thread: everywhere except on the main thread of a page. */
export function canPark(): boolean {
  return node() !== undefined || typeof document === 'undefined';
}

/**
 * Starts a worker; resolves when it waits for work. It does not keep a Node process alive.
 * @throws DeviceError if it cannot be started
 */
export function startWorker(data: WorkerData, events: WorkerEvents): Promise<void> {
  const modules = node();
  return modules ? startInNode(modules, data, events) : startInPage(data, events);
}

function startInNode(modules: NodeModules, workerData: WorkerData, events: WorkerEvents): Promise<void> {
  const { Worker } = modules.getBuiltinModule('node:worker_threads');
  return new Promise((resolve, reject) => {
    const worker = new Worker(NODE_SCRIPT, { eval: true, workerData });
    events.started(worker);
    const fail = (reason: string) => {
      reject(startError(reason));
      events.failed(reason);
    };
    worker.on('message', (message) => {
      if (message !== 'ready') return fail(message);
      worker.unref();
      resolve();
    });
    worker.once('error', (error) => fail(error.message));
    worker.once('exit', () => fail('it ended'));
  });
}

function startInPage(data: WorkerData, events: WorkerEvents): Promise<void> {
  const url = URL.createObjectURL(new Blob([PAGE_SCRIPT], { type: 'text/javascript' }));
  return new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      reject(startError(reason));
      events.failed(reason);
    };
    const worker = new Worker(url);
    events.started(worker);
    worker.onmessage = ({ data }) => (data === 'ready' ? resolve() : fail(data));
    worker.onerror = ({ message }) => fail(message || SCRIPT_REFUSED);
    worker.postMessage(data);
  })
    .catch((cause) => {
      throw cause instanceof DeviceError ? cause : startError(`${SCRIPT_REFUSED} (${cause})`);
    })
    .finally(() => URL.revokeObjectURL(url));
}

const SCRIPT_REFUSED =
  "its script was refused; a page's content-security policy must allow it with worker-src blob:, or use one thread";

function startError(reason: string): DeviceError {
  return new DeviceError(`cpu: a worker could not be started: ${reason}`);
}
