/* The page's code: runs the suite when the host calls it. */
import type { Backend } from '@recurra/core';
import { type ConformanceOptions, type Report, runConformance } from '../conformance.js';

/** What the host sends to the page: the suite's options that are plain data, and the backend's. */
export interface Order {
  readonly suite: Omit<ConformanceOptions, 'create' | 'onResult' | 'signal'>;
  readonly backendOptions: unknown;
}

/** What the page puts on its global object for its host. */
export interface PageApi {
  /** Of the page: runs the suite. */
  recurraRun?: (order: Order) => Promise<Report>;
  /** Of the host: takes each result as it comes. */
  recurraResult?: NonNullable<ConformanceOptions['onResult']>;
}

/** Called by the page's script, with the backend's module. */
export function ready(module: Readonly<Record<string, unknown>>, exportName: string | undefined): void {
  const page: typeof globalThis & PageApi = globalThis;
  page.recurraRun = async ({ suite, backendOptions }) => {
    const create = exportName === undefined ? (module.createBackend ?? module.default) : module[exportName];
    if (typeof create !== 'function') {
      const wanted = exportName ?? 'createBackend, and no default';
      throw new Error(
        `the module exports no function ${wanted}, but ${Object.keys(module).join(', ') || 'nothing'}`,
      );
    }
    return runConformance({
      ...suite,
      create: async () => (await create(backendOptions)) as Backend,
      onResult: page.recurraResult,
    });
  };
}
