/* What runs in the page: the systems, when the bench asks for them. */
import { answerer } from '../answerer.js';
import type { Answer, Request } from '../lane.js';
import { type PageSystem, systemsInPage } from '../systems/in-page.js';
import { hostOf, type Libraries } from './host.js';

/** Where the page and the bench meet: the page's global object. */
export interface Meeting {
  benchAsk?: (system: PageSystem, threads: number, request: Request) => Promise<Answer>;
}

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
