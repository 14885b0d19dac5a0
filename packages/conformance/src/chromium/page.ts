/* The page's code: runs the suite when the host calls it. */
import type { Backend } from '@recurra/core';
import { type ConformanceOptions, type Report, runConformance } from '../conformance.js';

/** The message from the host to the page: the plain-data options of the suite and of the backend. */
export interface Order {
  readonly suite: Omit<ConformanceOptions, 'create' | 'onResult' | 'signal'>;
  readonly backendOptions: unknown;
}

/** The interface between page and host, on the page's global object. */
export interface PageApi {
  /** Implemented by the page: runs the suite. */
  recurraRun?: (order: Order) => Promise<Report>;
  /** Implemented by the host: receives each result. */
  recurraResult?: NonNullable<ConformanceOptions['onResult']>;
}

/** The page's script calls this with the backend's module. */
export function ready(module: Readonly<Record<string, unknown>>, exportName: string | undefined): void {
  const page: typeof globalThis & PageApi = globalThis;
  page.recurraRun = async ({ suite, backendOptions }) => {
    const create = exportName === undefined ? (module.createBackend ?? module.default) : module[exportName];
    if (typeof create !== 'function') {
      const expected = exportName ?? 'createBackend, and no default';
      throw new Error(
        `the module exports no function ${expected}, but ${Object.keys(module).join(', ') || 'nothing'}`,
      );
    }
    return runConformance({
      ...suite,
      create: async () => (await create(backendOptions)) as Backend,
      onResult: page.recurraResult,
    });
  };
}
