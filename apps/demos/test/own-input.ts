/* What a reader does on a page, and what comes of it. Each begins on the page, paused, with untrained weights. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

export const ownInput: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async music(page) {
    const roll = page.getByRole('img', { name: /notes of yours/ });
    await expect.poll(() => roll.getAttribute('aria-label')).toMatch(/^8 notes of yours, and 32 by/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => roll.getAttribute('aria-label')).toMatch(/^0 notes of yours, and 0 by/);
    for (const key of ['C4', 'D♯4'])
      await page.getByRole('button', { name: key, exact: true }).press('Enter');
    await expect
      .poll(() => roll.getAttribute('aria-label'))
      .toMatch(/^2 notes of yours, and 32 by the network: C4 D♯4 \S+/);
    expect(new URL(page.url()).searchParams.get('notes')).toBe('60-63');
    await page.getByRole('button', { name: 'Play' }).click();
    await page.locator('.roll .now').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.roll .now').waitFor({ state: 'hidden' });
  },
};
