/* Hooks of Node's loader with which this bench measures the packages of another checkout of Recurra. */
import type { InitializeHook, ResolveHook } from 'node:module';

let importer: string;

/** @param checkout the address of its folder */
export const initialize: InitializeHook<string> = (checkout) => {
  importer = new URL('bench/package.json', checkout).href;
};

/** Resolves Recurra's packages as if the other checkout's bench imported them. */
export const resolve: ResolveHook = (specifier, context, next) =>
  next(specifier, specifier.startsWith('@recurra/') ? { ...context, parentURL: importer } : context);
