import { type Backend, OptionError } from '@recurra/core';

/** A module that creates a backend. */
export interface BackendModule {
  /** Its URL. */
  readonly module: string;
  /** The async function that creates the backend. Default: `createBackend`, or the default export. */
  readonly exportName?: string;
}

type Create = (options?: object) => Promise<Backend>;

/** A function that creates the backend of a module with `options`. The module is loaded on the first call. */
export function moduleFactory(name: string, module: BackendModule, options?: object): () => Promise<Backend> {
  return async () => (await createFunction(name, module))(options);
}

/** @throws OptionError if the module cannot be loaded, or exports no such function */
async function createFunction(name: string, { module, exportName }: BackendModule): Promise<Create> {
  const loaded = await import(module).catch((cause: Error) => {
    throw new OptionError(`the backend ${name} cannot be loaded: ${cause.message}`, { cause });
  });
  const create = exportName === undefined ? (loaded.createBackend ?? loaded.default) : loaded[exportName];
  if (typeof create === 'function') return create;
  throw new OptionError(
    `${name} exports no backend: expected an async function as its default export, or as createBackend`,
  );
}
