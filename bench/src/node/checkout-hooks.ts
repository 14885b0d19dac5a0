/*
 * Hooks of Node's loader with which one process measures the packages of several checkouts of Recurra. A module whose address
 * ends with `?checkout=FOLDER` and all that it imports are loaded for this checkout alone.
 */
import type { ResolveHook } from 'node:module';

const parameter = 'checkout';

/** The address of a module of this bench for a checkout, whose folder is an address that ends with `/`. */
export function inCheckout(module: URL, folder: string): string {
  const url = new URL(module);
  url.searchParams.set(parameter, folder);
  return url.href;
}

/** Resolves Recurra's packages as if the checkout's own bench imported them. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const folder = context.parentURL && new URL(context.parentURL).searchParams.get(parameter);
  if (!folder) return next(specifier, context);
  const parentURL = new URL('bench/package.json', folder).href;
  const result = await next(
    specifier,
    specifier.startsWith('@recurra/') ? { ...context, parentURL } : context,
  );
  if (!result.url.startsWith('file:')) return result;
  return { ...result, url: inCheckout(new URL(result.url), folder) };
};
