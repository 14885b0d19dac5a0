import { type Backend, OptionError } from '@recurra/core';
import { moduleFactory } from './backend-module.js';
import { moduleUrl, packageUrl } from './packages.js';

/** Every backend that the command knows, and its package. Each is looked for and loaded when it is asked for. */
const backends: Readonly<Record<string, KnownBackend>> = {
  reference: { package: '@recurra/backend-reference', exportName: 'reference' },
  cpu: { package: '@recurra/backend-cpu', exportName: 'cpu', threads: true },
  gpujs: { package: '@recurra/backend-gpujs', exportName: 'gpujs', webgl: true },
  webgpu: { package: '@recurra/backend-webgpu', exportName: 'webgpu', gpu: true },
};

interface KnownBackend extends Omit<BackendModule, 'module'> {
  readonly package: string;
  /** Whether it takes `threads`. */
  readonly threads?: true;
}

export interface BackendModule {
  /** A URL. */
  readonly module: string;
  /** The async function that makes the backend. Absent: `createBackend`, or the default export. */
  readonly exportName?: string;
  /** Whether its home is a browser with WebGL. */
  readonly webgl?: true;
  /** Whether it is for a GPU, and takes `allowSoftware`. */
  readonly gpu?: true;
}

export const backendNames: readonly string[] = Object.keys(backends);

/** Whether a machine without a GPU is reason enough for a backend not to start. */
export function needsGpu(name: string): boolean {
  return Object.hasOwn(backends, name) && Boolean(backends[name].gpu || backends[name].webgl);
}

/** Whether a backend can run on several threads. */
export function takesThreads(name: string): boolean {
  return Object.hasOwn(backends, name) && backends[name].threads === true;
}

/**
 * Where the backend of this name is, or of a module of the user's.
 * @throws OptionError for a name that is neither; MissingPackageError for a backend that is not installed
 */
export function backendModule(name: string): BackendModule {
  if (Object.hasOwn(backends, name)) {
    const { package: specifier, threads, ...known } = backends[name];
    return { ...known, module: packageUrl(`the backend ${name}`, specifier) };
  }
  const module = moduleUrl(name);
  if (module !== undefined) return { module };
  throw new OptionError(
    `unknown backend "${name}"; known: ${backendNames.join(', ')}, and modules: a path (./dist/index.js) or a package`,
  );
}

/** What may be asked of a backend. */
export interface BackendWishes {
  /** A software adapter will do, where the backend is for a GPU. Default false. */
  readonly allowSoftware?: boolean;
  /** Which of its modes, where it has several. */
  readonly mode?: string;
  /** As many threads as the processor runs at once, where it takes threads. Default: one. */
  readonly threads?: 'auto';
}

/** What makes the backend of this name, or of a module of the user's. @throws OptionError for a name that is neither */
export function backendFactory(name: string, wishes: BackendWishes = {}): () => Promise<Backend> {
  return moduleFactory(name, backendModule(name), backendOptions(name, wishes));
}

/** What a backend is made with: of what is asked for, that which concerns it. */
export function backendOptions(
  name: string,
  { allowSoftware, mode, threads }: BackendWishes,
): object | undefined {
  const options = {
    ...(allowSoftware && Object.hasOwn(backends, name) && backends[name].gpu && { allowSoftware }),
    ...(mode !== undefined && { mode }),
    ...(threads && takesThreads(name) && { threads }),
  };
  return Object.keys(options).length > 0 ? options : undefined;
}
