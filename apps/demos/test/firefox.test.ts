/* Pages of the gallery in Firefox, through its own WebDriver (WebDriver BiDi). */
import { existsSync } from 'node:fs';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtGallery } from './built.js';

const executablePath = process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr';
const missing = !process.env.CI && !existsSync(executablePath);
const title = `in Firefox${missing ? ': apt-get install firefox-esr, or set FIREFOX_PATH' : ''}`;

describe.skipIf(missing)(title, () => {
  let gallery: Awaited<ReturnType<typeof builtGallery>>;
  let browser: Browser;
  beforeAll(async () => {
    gallery = await builtGallery();
    browser = await launch({ browser: 'firefox', executablePath, headless: true });
  });
  afterAll(async () => {
    await browser?.close();
    gallery?.close();
  });

  test.each([
    // As in Chromium: 10 % by guessing, and 65.5 for the last hour's count.
    ['handwriting', 300, (percent: number) => percent > 88],
    ['forecast', 150, (rentals: number) => rentals < 65],
  ])('%s trains by itself', async (name, steps, reaches) => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`${gallery.url}${name}/`);
    await expect
      .poll(() => numberIn(page, '.facts', /step ([\d,]+)/), { timeout: 150_000 })
      .toBeGreaterThanOrEqual(steps);
    const score = () => page.$eval('[data-score]', (element) => Number(element.getAttribute('data-score')));
    await expect.poll(async () => reaches(await score())).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });
});

/** The first group of `pattern` in the text of an element, as a number; 0 if there is none yet. */
async function numberIn(page: Page, selector: string, pattern: RegExp): Promise<number> {
  const text = await page.$eval(selector, (element) => element.textContent ?? '').catch(() => '');
  return Number((pattern.exec(text)?.[1] ?? '0').replaceAll(',', ''));
}
