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

  async ball(page) {
    const room = page.getByRole('img', { name: /^Frame / });
    await page.getByRole('button', { name: 'Hold the ball' }).click();
    await page.getByRole('slider', { name: /^Frame/ }).fill('0');
    await expect
      .poll(() => room.getAttribute('aria-label'))
      .toBe('Frame 1: the ball is at 4.0, 5.0; the network waits until it has seen 8 frames');
    const box = await room.boundingBox();
    if (!box) throw new Error('there is no room');
    const to = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...to(0.5, 0.5));
    await page.mouse.down();
    await page.mouse.move(...to(0.5, 0.75), { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => room.getAttribute('aria-label')).toMatch(/^Frame 1: the ball is at 7.5, 7.5;/);
    expect(new URL(page.url()).searchParams.get('direction')).toBe('90');
    await page.getByRole('slider', { name: /^Frame/ }).fill('9');
    await expect
      .poll(() => room.getAttribute('aria-label'))
      .toMatch(/the network expects it at .* in 3 frames/);
  },

  async anomaly(page) {
    const overview = page.getByRole('img', { name: /^The error over three months/ });
    await overview.waitFor();
    await page.getByRole('slider', { name: /^Alarm at/ }).fill('2');
    await expect.poll(() => overview.getAttribute('aria-label')).toMatch(/5 labelled windows and 0 alarms/);
    await page.getByRole('slider', { name: /^Week/ }).fill('3');
    await page.getByRole('heading', { name: 'The week from Nov 13' }).waitFor();
    await page.getByRole('slider', { name: /^Demand on its middle day/ }).fill('0');
    await page.getByText(/With your change the error in this week rises to \d+ passengers/).waitFor();
    const { searchParams } = new URL(page.url());
    expect(['threshold', 'week', 'demand'].map((name) => searchParams.get(name))).toEqual(['2', '3', '0']);
  },

  async speech(page) {
    const spectrogram = page.getByRole('img', { name: /^Spectrogram of/ });
    await spectrogram.waitFor();
    const seven = await spectrogram.getAttribute('aria-label');
    await page.getByRole('button', { name: '6', exact: true }).click();
    await page.getByRole('heading', { name: 'What it hears in a 6 by theo' }).waitFor();
    await expect.poll(() => spectrogram.getAttribute('aria-label')).not.toBe(seven);
    expect(new URL(page.url()).searchParams.get('sample')).toBe('6');
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.getByText(/^The microphone is not to be had: /).waitFor();
  },

  async dna(page) {
    const letters = page.locator('.letters');
    await letters.waitFor();
    const first = await letters.textContent();
    await page.locator('.sequences button').nth(5).click();
    await expect.poll(() => letters.textContent()).not.toBe(first);
    await page.getByRole('textbox').fill('ACGT');
    await page.getByText('4 of 60 letters; only A, C, G and T').waitFor();
    await page.getByRole('textbox').fill('acgt'.repeat(15));
    await expect.poll(() => letters.textContent()).toBe('ACGT'.repeat(15));
    expect(new URL(page.url()).searchParams.get('sequence')).toBe('ACGT'.repeat(15));
  },

  async 'why-lstm'(page) {
    const sequence = page.getByRole('img', { name: /^20 steps; marked: 0.2 at step \d+, 0.9 at step \d+/ });
    await sequence.waitFor();
    await page.getByRole('slider', { name: /^The first number/ }).fill('0.55');
    await page.getByRole('img', { name: /^20 steps; marked: 0.55 at step \d+, 0.9 at/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('numbers')).toBe('0.55 0.9');
    await page.getByRole('combobox', { name: 'Problem' }).selectOption('copying');
    await page.getByRole('slider', { name: 'Bit 2: 0' }).fill('1');
    await page
      .getByRole('img', { name: '20 steps; marked: 1 at step 1, 1 at step 2, 1 at step 3, 1 at step 4' })
      .waitFor();
    expect(new URL(page.url()).searchParams.get('bits')).toBe('1 1 1 1');
  },

  async 'both-directions'(page) {
    const [one, both] = [page.locator('.seen').nth(0), page.locator('.seen').nth(1)];
    await one.getByText(/“six” is/).waitFor();
    // The words after “six” are none that the first network sees; the second sees them all.
    await expect.poll(() => one.locator('.unseen').allTextContents()).toEqual(['pm']);
    expect(await both.locator('.unseen').count()).toBe(0);
    await page.getByRole('textbox').fill('Will it snow in Vermont at noon?');
    await one.getByRole('button', { name: /^snow:/ }).click();
    await both.getByText(/“snow” is/).waitFor();
    await expect
      .poll(() => one.locator('.unseen').allTextContents())
      .toEqual(['in', 'Vermont', 'at', 'noon', '?']);
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('request')).toBe('Will it snow in Vermont at noon?');
    expect(searchParams.get('word')).toBe('2');
  },
};
