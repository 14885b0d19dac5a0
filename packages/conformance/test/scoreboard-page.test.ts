/* The scoreboard's page fits the window and never scrolls sideways. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasChromium, openPage } from '../src/chromium.js';
import { boardHtml, parseBoard } from '../src/scoreboard/index.js';

const missing = !process.env.CI && !hasChromium();
const json = new URL('../../../docs/scoreboard/scoreboard.json', import.meta.url);

test.skipIf(missing)(
  'the page of every column fits a phone and a screen, with every group open',
  async () => {
    const { groups, ...board } = parseBoard(readFileSync(json, 'utf8'));
    // Only some cases of every group, because the layout of all cases takes long.
    const some = groups.map((group) => ({ ...group, rows: group.rows.slice(0, 5) }));
    const files = new Map([['/index.html', boardHtml({ ...board, groups: some })]]);
    const { page, url, close } = await openPage(files);
    try {
      await page.goto(url);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      for (const width of [1400, 1280, 800, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth),
          `${width} px`,
        ).toBeLessThanOrEqual(width);
      }
    } finally {
      await close();
    }
  },
);
