/*
 * The other threads of a team: workers with an instance of the kernels each, over the same memory. Their script is inlined,
 * so that there is no path for a bundler to lose.
 */
import { DeviceError } from '@recurra/core';

/**
 * Starts an instance, says so, and lets it serve until it is dismissed. If it fails, `health` tells thread 0, which cannot hear
 * a message while it waits, and `tell` tells why.
 */
const SERVE = `({ module, memory, health, thread, threads }, tell) => {
  const words = new Int32Array(memory.buffer);
  const park = (word, old) => { Atomics.wait(words, word >> 2, old); };
  return WebAssembly.instantiate(module, { env: { memory, park } }).then(({ exports }) => {
    tell('ready');
    exports.serve(thread, threads);
  }).catch((error) => {
    Atomics.store(health, 0, 1);
    tell(String(error));
  });
}`;

/** Neither `require` nor `import`: whether it is a module depends on how the process was started. */
const IN_NODE = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
(${SERVE})(workerData, (word) => parentPort.postMessage(word));`;

const IN_PAGE = `
onmessage = ({ data }) => (${SERVE})(data, (word) => postMessage(word)).then(close);`;

/** How often thread 0 looks after the others while it waits, in milliseconds. */
const ROUND = 100;
/** How long it waits for a thread that shows no progress: this many milliseconds, and longer if the walk is long. */
const PATIENCE = 10_000;
/** A thread that is slower than this one by more than this factor is taken for lost. */
const SLOWEST = 10;

/** What an instance needs to become a thread. */
interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Not 0 once a thread has failed. */
  readonly health: Int32Array;
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
interface NodeWorker extends Thread {
  on(event: 'message', listener: (word: string) => void): void;
  once(event: 'exit', listener: () => void): void;
  once(event: 'error', listener: (error: Error) => void): void;
  unref(): void;
}
interface Thread {
  terminate(): unknown;
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

/** The other threads, and whether all of them are still there. */
export class Team {
  /** Why one of them is gone, if it is: nobody may wait for it any more. */
  lost: DeviceError | undefined;
  /** Resolves with {@link lost}. */
  readonly whenLost: Promise<DeviceError>;
  /** Whether the others were told to end: then none is lost. */
  dismissed = false;
  readonly #threads: number;
  readonly #memory: WebAssembly.Memory;
  /** Nobody parks but on the first words of a shared memory, which stay in this view when it grows. */
  readonly #words: Int32Array;
  readonly #health: Int32Array;
  readonly #others: Thread[] = [];
  #tell: (error: DeviceError) => void = () => {};
  /** When the walk under way began, which word is waited for, when that began, and for how long now. */
  #began = 0;
  #word = 0;
  #old = 0;
  #since = 0;
  #waited = 0;
  #last = 0;

  constructor(threads: number, memory: WebAssembly.Memory) {
    this.#threads = threads;
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#health = threads > 1 ? new Int32Array(new SharedArrayBuffer(4)) : new Int32Array(1);
    this.whenLost = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  /**
   * Starts threads 1 to `threads` − 1; resolves when all of them serve. They do not keep a Node process alive.
   * @throws DeviceError where one cannot be started
   */
  async start(module: WebAssembly.Module): Promise<void> {
    const others = Array.from({ length: this.#threads - 1 }, (_, i) => i + 1);
    const data = { module, memory: this.#memory, health: this.#health, threads: this.#threads };
    const start = node() ? startInNode : startInPage;
    const started = others.map((thread) =>
      start(
        { ...data, thread },
        (worker) => this.#others.push(worker),
        (reason) => this.#lose(reason),
      ),
    );
    try {
      await Promise.all(started);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Ends the threads, whatever they are at. */
  end(): void {
    for (const worker of this.#others.splice(0)) worker.terminate();
  }

  /** Says that a walk begins, which all threads take part in. @throws DeviceError where one is lost */
  begin(): void {
    if (this.lost) throw this.lost;
    this.#began = performance.now();
    this.#word = 0;
  }

  /**
   * Waits a while for `word` to change; what the kernels import as `park` on this thread.
   * @throws DeviceError where one of the others has failed, or none of them has shown any progress for too long
   */
  readonly park = (word: number, old: number): void => {
    const now = performance.now();
    if (word !== this.#word || old !== this.#old) {
      this.#word = word;
      this.#old = old;
      this.#since = now;
      this.#waited = 0;
    } else {
      // In rounds, not by the clock, which goes on while a machine sleeps.
      this.#waited += Math.min(now - this.#last, 2 * ROUND);
    }
    this.#last = now;
    if (Atomics.load(this.#health, 0) !== 0) throw this.#lose('it failed');
    const patience = PATIENCE + SLOWEST * (this.#since - this.#began);
    if (this.#waited > patience) {
      throw this.#lose(`it has not answered for ${Math.round(this.#waited / 1000)} s`);
    }
    if (mayPark()) Atomics.wait(this.#words, word >> 2, old, ROUND);
  };

  /** The others end too: they may still be at work on memory that is given to somebody else later. */
  #lose(reason: string): DeviceError {
    this.lost ??= new DeviceError(
      `cpu: one of the ${this.#threads} threads is lost: ${reason}; make a new backend`,
    );
    if (!this.dismissed) this.#tell(this.lost);
    this.end();
    return this.lost;
  }
}

/**
 * @param started called with the worker
 * @param lose called when it fails after it has started
 */
function startInNode(
  workerData: Start,
  started: (worker: Thread) => void,
  lose: (reason: string) => void,
): Promise<void> {
  const { Worker } = (node() as NodeModules).getBuiltinModule('node:worker_threads');
  return new Promise((resolve, reject) => {
    const worker = new Worker(IN_NODE, { eval: true, workerData });
    started(worker);
    const fail = (reason: string) => {
      reject(failure(reason));
      lose(reason);
    };
    worker.on('message', (word) => {
      if (word !== 'ready') return fail(word);
      worker.unref();
      resolve();
    });
    worker.once('error', (error) => fail(error.message));
    worker.once('exit', () => fail('it ended'));
  });
}

function startInPage(
  start: Start,
  started: (worker: Thread) => void,
  lose: (reason: string) => void,
): Promise<void> {
  const url = URL.createObjectURL(new Blob([IN_PAGE], { type: 'text/javascript' }));
  return new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      reject(failure(reason));
      lose(reason);
    };
    const worker = new Worker(url);
    started(worker);
    worker.onmessage = ({ data }) => (data === 'ready' ? resolve() : fail(data));
    worker.onerror = ({ message }) => fail(message || REFUSED);
    worker.postMessage(start);
  })
    .catch((cause) => {
      throw cause instanceof DeviceError ? cause : failure(`${REFUSED} (${cause})`);
    })
    .finally(() => URL.revokeObjectURL(url));
}

const REFUSED =
  "its script was refused; a page's content-security policy must allow it: worker-src blob:, or one thread will do";

function failure(reason: string): DeviceError {
  return new DeviceError(`cpu: a worker could not be started: ${reason}`);
}
