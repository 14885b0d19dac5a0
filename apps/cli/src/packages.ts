/* Packages that the command uses where they are installed: beside it, or in the user's folder. */
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@recurra/core';

/** A package that the command wants and that is not installed. */
export class MissingPackageError extends OptionError {
  constructor(what: string, specifier: string) {
    const name = nameOf(specifier);
    super(`${what} is in the package ${name}, which is not installed here: npm install ${name}`);
  }
}

/**
 * The URL of a module of one of Recurra's packages.
 * @param what is in it, for the error
 * @throws MissingPackageError where it is not installed
 */
export function packageUrl(what: string, specifier: string): string {
  try {
    return import.meta.resolve(specifier);
  } catch {
    const url = moduleUrl(specifier);
    if (url !== undefined) return url;
    throw new MissingPackageError(what, specifier);
  }
}

/**
 * Loads one of Recurra's packages.
 * @param load what imports it, as beside the command
 * @throws MissingPackageError where it is not installed
 */
export async function installed<Module>(
  what: string,
  specifier: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Another package may be missing, which this one imports.
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${nameOf(specifier)}'`)) throw error;
    return import(packageUrl(what, specifier));
  }
}

/** `@recurra/conformance` of `@recurra/conformance/chromium` */
function nameOf(specifier: string): string {
  return specifier.split('/', 2).join('/');
}

/**
 * The URL of a module of the user's; undefined where there is none.
 * @param specifier a path, relative to the current folder (`./dist/index.js`), or a package that is installed there
 */
export function moduleUrl(specifier: string): string | undefined {
  if (specifier.startsWith('file:')) return specifier;
  if (specifier.startsWith('.') || isAbsolute(specifier)) return pathToFileURL(resolve(specifier)).href;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(specifier)).href;
  } catch {
    return undefined;
  }
}
