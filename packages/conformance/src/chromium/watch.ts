/* Detects a page that hangs or crashes. */
import type { Page } from 'playwright-core';
import { PageError } from './errors.js';

/** Rejects `failed` when the page fails or closes, when it reports nothing for too long, and when aborted. */
export class Watch {
  readonly failed: Promise<never>;
  readonly #seconds: number;
  readonly #signal: AbortSignal | undefined;
  #fail: (error: unknown) => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  /** The page's last message, which shows where it is stuck. */
  #lastError = '';

  constructor(seconds: number, signal: AbortSignal | undefined) {
    this.#seconds = seconds;
    this.#signal = signal;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Callers that await `failed` still get the rejection.
    this.failed.catch(() => {});
    if (signal?.aborted) this.#abort();
    signal?.addEventListener('abort', this.#abort);
    this.heard('the start');
  }

  page(page: Page): void {
    page.on('pageerror', (cause) =>
      this.#fail(new PageError(`an uncaught error: ${cause.message}`, { cause })),
    );
    page.on('crash', () => this.#fail(new PageError('the page crashed')));
    page.on('close', () => this.#fail(new PageError('the page was closed')));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#lastError = `; it logged: ${message.text()}`;
    });
  }

  heard(what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#fail(new PageError(`no case ended in the ${this.#seconds} s after ${what}${this.#lastError}`));
    }, this.#seconds * 1000);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = () => this.#fail(this.#signal?.reason);
}
