/* Handles requests to systems in a page or a Web Worker, whose bundle includes the libraries. */
import { createHandler, type Handler } from '../handler.js';
import { Declined, type Host, type Loaded } from '../system.js';
import { type PageSystem, systemsInPage } from '../systems/in-page.js';
import type { Reply, Request } from '../worker.js';

/** Loads the libraries that were installed when the bundle was built, by their names. */
export type Libraries = Readonly<Record<string, () => Promise<Loaded<{ readonly default?: unknown }>>>>;

export type PageHandler = (system: string, threads: number, request: Request) => Promise<Reply>;

/** @param base the base URL of the libraries' own files; default: that of the page */
export function createPageHandler(libraries: Libraries, base: string = location.href): PageHandler {
  const host = pageHost(libraries, base);
  const handlers = new Map<string, Handler>();
  return (system, threads, request) => {
    const handler = handlers.get(system) ?? createHandler(systemsInPage[system as PageSystem], threads, host);
    handlers.set(system, handler);
    return handler(request);
  };
}

function pageHost(libraries: Libraries, base: string): Host {
  return {
    async load<Library>(name: string) {
      if (!Object.hasOwn(libraries, name)) throw new Declined(`${name} is not installed`);
      const { library, version, files } = await libraries[name]();
      return {
        library: (library.default ?? library) as Library,
        version,
        ...(files !== undefined && { files: new URL(files, base).href }),
      };
    },
    async provideWebgpu() {
      if (!('gpu' in navigator)) throw new Declined('this page has no WebGPU');
    },
  };
}
