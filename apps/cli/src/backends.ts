import { type Backend, OptionError } from '@recurra/core';
import { type BackendModule, moduleFactory } from './backend-module.js';
import { type KnownBackend, knownBackends } from './known-backends.js';
import { moduleUrl, packageUrl } from './packages.js';

export const backendNames: readonly string[] = Object.keys(knownBackends);

/** The entry of a backend in the list of Recurra's; undefined for a third-party backend. */
export function knownBackend(name: string): KnownBackend | undefined {
  return Object.hasOwn(knownBackends, name) ? knownBackends[name] : undefined;
}

/**
 * The module of a backend of Recurra's, or of a third party.
 * @param name of the backend, a path, or a package
 * @throws OptionError for a name that is none of these; MissingPackageError for a backend that is not installed
 */
export function backendModule(name: string): BackendModule {
  const known = knownBackend(name);
  if (known) {
    return { module: packageUrl(`the backend ${name}`, known.package), exportName: known.exportName };
  }
  const module = moduleUrl(name);
  if (module !== undefined) return { module };
  throw new OptionError(
    `unknown backend "${name}"; known: ${backendNames.join(', ')}; or give a module: a path (./dist/index.js) or a package`,
  );
}

/** Options for any backend. Each backend gets the options that it supports. */
export interface CommonOptions {
  /** Allow a software-emulated GPU. Default false. */
  readonly allowSoftware?: boolean;
  /** The mode, for a backend that has several. */
  readonly mode?: string;
  /** The number of threads. Default: as many as are faster than one. */
  readonly threads?: number;
}

/** A function that creates a backend of Recurra's, or of a third party. @throws as {@link backendModule} */
export function backendFactory(name: string, options: CommonOptions = {}): () => Promise<Backend> {
  return moduleFactory(name, backendModule(name), backendOptions(name, options));
}

/** Those of the options that the backend has; undefined if there are none. */
export function backendOptions(
  name: string,
  { allowSoftware, mode, threads }: CommonOptions,
): object | undefined {
  const known = knownBackend(name);
  const options = {
    ...(allowSoftware && known?.gpu === 'webgpu' && { allowSoftware }),
    ...(mode !== undefined && { mode }),
    ...(threads && known?.threads && { threads }),
  };
  return Object.keys(options).length > 0 ? options : undefined;
}
