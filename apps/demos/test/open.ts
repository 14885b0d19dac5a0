/* Opens a page of an app in a browser, and records its errors and requests. */
import type { Browser, Page } from 'playwright-core';

export interface Opened {
  readonly page: Page;
  /** Errors on its console, uncaught exceptions, and requests that failed. */
  readonly problems: string[];
  /** The addresses of all its requests. */
  readonly loaded: string[];
}

export async function open(browser: Browser, url: string): Promise<Opened> {
  const page = await browser.newPage({ acceptDownloads: true });
  // What a page shows late on a busy machine is not wrong.
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  const loaded: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('requestfailed', (request) => problems.push(`${request.url()} failed`));
  page.on('request', (request) => loaded.push(request.url()));
  await page.goto(url);
  return { page, problems, loaded };
}
