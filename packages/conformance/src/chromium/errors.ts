import { RecurraError } from '@recurra/core';

/** Chromium, or a package that drives it, is not installed. The message explains how to install it. */
export class ChromiumMissingError extends RecurraError {
  override readonly name = 'ChromiumMissingError';
}

/** The page could not be built, failed, hung, or was closed. */
export class PageError extends RecurraError {
  override readonly name = 'PageError';
}
