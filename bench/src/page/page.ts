/* What runs in the page: the systems, when the bench asks for them. */
import { answerer } from '../answerer.js';
import type { Host, Loaded } from '../host.js';
import type { Answer, Request } from '../lane.js';
import { Declined } from '../system.js';
import { type PageSystem, systemsInPage } from '../systems/in-page.js';

/** Where the page and the bench meet: the page's global object. */
export interface Meeting {
  benchAsk?: (system: PageSystem, threads: number, request: Request) => Promise<Answer>;
}

/** The libraries that were installed when the page was built, by their names. */
export type Libraries = Readonly<Record<string, () => Promise<Loaded<{ readonly default?: unknown }>>>>;

/** Called by the page's script. */
export function ready(libraries: Libraries): void {
  const host = hostOf(libraries);
  const answerers = new Map<PageSystem, ReturnType<typeof answerer>>();
  (globalThis as Meeting).benchAsk = (system, threads, request) => {
    const answer = answerers.get(system) ?? answerer(systemsInPage[system], threads, host);
    answerers.set(system, answer);
    return answer(request);
  };
}

function hostOf(libraries: Libraries): Host {
  return {
    async load<Library>(name: string) {
      if (!Object.hasOwn(libraries, name)) throw new Declined(`${name} is not installed`);
      const { library, ...rest } = await libraries[name]();
      return { library: (library.default ?? library) as Library, ...rest };
    },
    async provideWebgpu() {
      if (!('gpu' in navigator)) throw new Declined('this page has no WebGPU');
    },
  };
}
