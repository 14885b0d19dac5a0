/* Optional packages, installed with the command or in the current folder. */
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@recurra/core';

/** An optional package that is needed but not installed. */
export class MissingPackageError extends OptionError {
  constructor(what: string, specifier: string) {
    const name = nameOf(specifier);
    super(`${what} is in the package ${name}, which is not installed here: npm install ${name}`);
  }
}

/**
 * The URL of a module of an optional package.
 * @param what the package contains, for the error message
 * @throws MissingPackageError if it is not installed
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
 * Imports a module of an optional package.
 * @param what the package contains, for the error message
 * @param load imports it from where the command is installed
 * @throws MissingPackageError if it is not installed
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
    // The missing package may be another one, which this one imports.
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${nameOf(specifier)}'`)) throw error;
    return import(packageUrl(what, specifier));
  }
}

/** `@recurra/conformance` of `@recurra/conformance/chromium` */
function nameOf(specifier: string): string {
  return specifier.split('/', 2).join('/');
}

/**
 * The URL of a user's module; undefined if it is not found.
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
