import { type Backend, OptionError } from '@recurra/core';
import { moduleFactory, moduleUrl } from './backend-module.js';

/** Every backend that the command knows: where it is. Each is loaded when it is asked for. */
const backends: Readonly<Record<string, BackendModule>> = {
  reference: { module: import.meta.resolve('@recurra/backend-reference'), exportName: 'reference' },
  cpu: { module: import.meta.resolve('@recurra/backend-cpu'), exportName: 'cpu' },
  gpujs: { module: import.meta.resolve('@recurra/backend-gpujs'), exportName: 'gpujs', webgl: true },
  webgpu: { module: import.meta.resolve('@recurra/backend-webgpu'), exportName: 'webgpu', gpu: true },
};

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

/**
 * Where the backend of this name is, or of a module of the user's.
 * @throws OptionError for a name that is neither
 */
export function backendModule(name: string): BackendModule {
  if (Object.hasOwn(backends, name)) return backends[name];
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
}

/** What makes the backend of this name, or of a module of the user's. @throws OptionError for a name that is neither */
export function backendFactory(name: string, wishes: BackendWishes = {}): () => Promise<Backend> {
  return moduleFactory(name, backendModule(name), backendOptions(name, wishes));
}

/** What a backend is made with: of what is asked for, that which concerns it. */
export function backendOptions(name: string, { allowSoftware, mode }: BackendWishes): object | undefined {
  const options = {
    ...(allowSoftware && backendModule(name).gpu && { allowSoftware }),
    ...(mode !== undefined && { mode }),
  };
  return Object.keys(options).length > 0 ? options : undefined;
}
