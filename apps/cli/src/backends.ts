import { type Backend, OptionError } from '@recurra/core';
import { moduleFactory, moduleUrl } from './backend-module.js';

/** Every backend that the command knows: where it is. Each is loaded when it is asked for. */
const backends: Readonly<Record<string, BackendModule>> = {
  reference: { module: import.meta.resolve('@recurra/backend-reference'), exportName: 'reference' },
  cpu: { module: import.meta.resolve('@recurra/backend-cpu'), exportName: 'cpu' },
  gpujs: {
    module: import.meta.resolve('@recurra/backend-gpujs'),
    exportName: 'gpujs',
    chromiumFlags: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  },
};

export interface BackendModule {
  /** A URL. */
  readonly module: string;
  /** The async function that makes the backend. Absent: `createBackend`, or the default export. */
  readonly exportName?: string;
  /** Of a backend whose home is the browser: flags with which Chromium has WebGL also where there is no GPU. */
  readonly chromiumFlags?: readonly string[];
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

/** What makes the backend of this name, or of a module of the user's. @throws OptionError for a name that is neither */
export function backendFactory(name: string, options?: object): () => Promise<Backend> {
  return moduleFactory(name, backendModule(name), options);
}
