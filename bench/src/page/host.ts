/* A page, or a worker of one: its libraries were bundled with it. */
import type { Host, Loaded } from '../host.js';
import { Declined } from '../system.js';

/** The libraries that were installed when the page was built, by their names. */
export type Libraries = Readonly<Record<string, () => Promise<Loaded<{ readonly default?: unknown }>>>>;

/** @param base what the addresses of the libraries' own files are relative to; default: this page's address */
export function hostOf(libraries: Libraries, base: string = location.href): Host {
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
