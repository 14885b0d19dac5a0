import { RecurraError } from '@recurra/core';

/** Chromium, or a package that is needed to drive it, is not installed. The message says how to get it. */
export class ChromiumMissingError extends RecurraError {
  override readonly name = 'ChromiumMissingError';
}

/** The page could not be built, failed, hung, or was closed. */
export class PageError extends RecurraError {
  override readonly name = 'PageError';
}
