import { type Backend, OptionError } from '@recurra/core';
import type { BackendModule } from './backends.js';

type Create = (options?: object) => Promise<Backend>;

/** What makes a module's backend, with `options`. The module is loaded when it is first called. */
export function moduleFactory(name: string, module: BackendModule, options?: object): () => Promise<Backend> {
  return async () => (await createOf(name, module))(options);
}

/** @throws OptionError where the module cannot be loaded, or exports no such function */
async function createOf(name: string, { module, exportName }: BackendModule): Promise<Create> {
  const loaded = await import(module).catch((cause: Error) => {
    throw new OptionError(`the backend ${name} cannot be loaded: ${cause.message}`, { cause });
  });
  const create = exportName === undefined ? (loaded.createBackend ?? loaded.default) : loaded[exportName];
  if (typeof create === 'function') return create;
  throw new OptionError(
    `${name} makes no backend: it wants an async function as its default export, or as createBackend`,
  );
}
