import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './launch.js';
import { type Files, type ServeOptions, serve } from './serve.js';

export interface OpenOptions extends ServeOptions {
  /** Chromium's flags, as for {@link launchChromium}. Default: those for a page without a GPU. */
  readonly flags?: readonly string[];
}

/** An empty page in a new browser, and the address of the files served for it. */
export interface OpenPage {
  readonly browser: Browser;
  readonly page: Page;
  readonly url: string;
  /** Stops the browser and the server. */
  close(): Promise<void>;
}

/**
 * Starts headless Chromium with an empty page, and serves files for it: continue with `page.goto(url)`.
 * @param files a folder, or files in memory
 * @throws ChromiumMissingError if Chromium or `playwright-core` is not installed
 */
export async function openPage(
  files: string | Files,
  { flags, ...options }: OpenOptions = {},
): Promise<OpenPage> {
  const browser = await launchChromium(flags);
  const server = await serve(files, options);
  const close = async () => {
    server.close();
    await browser.close();
  };
  try {
    return { browser, page: await browser.newPage(), url: server.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
