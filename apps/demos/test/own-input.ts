/*
 * The input of a reader on each page, and what the page must show for it. Each test begins on the page,
 * paused, with untrained weights.
 */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { EIGHT, scoreOf, wordsOf } from './reading.js';

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

  async text(page) {
    const texts = page.getByRole('listbox', { name: /: what it wrote/ });
    const same = async () => Number(await page.locator('.same').getAttribute('data-same'));
    await page.getByRole('textbox', { name: 'Your beginning' }).fill('KING~:');
    await page.getByText('Left out, because the plays do not have them: ~').waitFor();
    // The two texts part where the page says so.
    const parted = await same();
    const words = async () =>
      Promise.all([0, 1].map((i) => texts.nth(i).getByRole('option').allTextContents()));
    await expect.poll(async () => (await words())[1].length).toBe(240);
    const [float32, int8] = await words();
    const differs = float32.findIndex((character, i) => character !== int8[i]);
    expect(differs < 0 ? 240 : differs).toBe(parted);
    await texts.nth(1).focus();
    await page.keyboard.press('ArrowLeft');
    for (const i of [0, 1])
      expect(await texts.nth(i).getByRole('option', { selected: true }).getAttribute('id')).toMatch(/-238$/);
    expect(new URL(page.url()).searchParams.get('prompt')).toBe('KING~:');

    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    const numbers = async (row: RegExp) =>
      (await page.getByRole('row', { name: row }).getByRole('cell').allTextContents()).map((text) =>
        Number.parseFloat(text.replaceAll(',', '')),
      );
    await expect.poll(async () => (await numbers(/^Bits/))[0]).toBeLessThan(2.6);
    const [bits, bitsInt8] = await numbers(/^Bits/);
    expect(bits).toBeCloseTo(await scoreOf(page), 3);
    expect(Math.abs(bitsInt8 / bits - 1)).toBeLessThan(0.005);
    const [bytes, bytesInt8] = await numbers(/^File/);
    expect(bytesInt8 / bytes).toBeLessThan(0.33);
    for (const time of (await numbers(/^Time/)).slice(0, 2)) expect(time).toBeGreaterThan(0);
    await page
      .getByText(/weights stay int8 in 1\.lstm, 2\.dense\. .* expanded to floats in 0\.embedding/)
      .waitFor();
  },

  async digits(page) {
    const belief = page.getByRole('img', { name: /^The most probable digit as the rows are read: / });
    await page.getByRole('img', { name: /^A held-out \d$/ }).waitFor();
    await page.getByRole('button', { name: 'A 0, read as' }).first().press('Enter');
    await page.getByRole('img', { name: 'A held-out 0' }).waitFor();
    await page.getByRole('slider', { name: /^Rows read/ }).fill('9');
    await page.getByText('Rows read: 9 of 28').waitFor();
    await page.getByRole('slider', { name: /^Rows read/ }).fill('28');

    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    await drawEight(page);
    await page.getByRole('img', { name: 'Your drawing, as the network reads it' }).waitFor();
    await expect.poll(() => wordsOf(page, '.read')).toMatch(/^It reads 8/);
    expect(await belief.getAttribute('aria-label')).toMatch(/8 from row \d+$/);
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('drawing')).toMatch(/^(\d{4})+$/);
    await page.reload();
    await page.getByRole('img', { name: 'Your drawing', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('img', { name: 'A held-out 0' }).waitFor();

    // Each backend sees the same images with the same shifts.
    await page.getByRole('button', { name: 'Compare' }).click();
    const finding = page.getByText(/largest difference between two weights is/);
    await finding.waitFor();
    const [, difference] = /is (\S+);/.exec((await finding.textContent()) ?? '') ?? [];
    expect(Number(difference)).toBeLessThan(1e-3);
  },

  async captions(page) {
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    const name = () => wordsOf(page, '.name');
    const letters = page.getByRole('list', { name: 'The letters, with their probabilities' });
    await page.getByRole('button', { name: 'A seven, spelt seven' }).first().press('Enter');
    await expect.poll(name).toBe('It spells seven');
    await letters
      .getByRole('button', { name: /^i \d+ %$/ })
      .first()
      .press('Enter');
    await expect.poll(name).toMatch(/^It spells si\w* ✗ it is a seven$/);
    expect(new URL(page.url()).searchParams.get('given')).toBe('si');
    await page.getByRole('button', { name: 'Let the network choose' }).click();
    await expect.poll(name).toBe('It spells seven');

    await drawEight(page);
    await page.getByRole('img', { name: 'Your drawing, as the network sees it' }).waitFor();
    await expect.poll(name).toBe('It spells eight');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(name).toBe('It spells seven');
  },

  async sentiment(page) {
    await page.getByRole('combobox', { name: 'Classes' }).selectOption('3');
    await expect.poll(() => new URL(page.url()).searchParams.get('classes')).toBe('3');
    await expect.poll(() => page.getByRole('combobox', { name: 'Classes' }).inputValue()).toBe('3');
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    await page.getByText('npx pnpm demos train sentiment --seed 1 --set classes=3').waitFor();
    expect(new URL(page.url()).searchParams.get('classes')).toBe('3');
    await page.getByRole('textbox').fill('I bought this phone last year.');
    await expect.poll(() => wordsOf(page, '.readings dt')).toMatch(/network neutral, \d\d %/);
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
    await page.getByRole('combobox', { name: 'Convolutions' }).selectOption('no');
    await page.getByText('82,566 weights').waitFor();
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('npx pnpm demos train ball --seed 1 --set convolutions=no').waitFor();
  },

  async dates(page) {
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    await page.getByRole('textbox').fill('7 May 2031!');
    const dates = page.getByRole('list', { name: 'The most probable dates' }).getByRole('button');
    await expect.poll(() => dates.first().textContent()).toMatch(/^2031-05-07\d+ %$/);
    await page.getByRole('heading', { name: 'Where the network looks while it writes 2031-05-07' }).waitFor();
    expect(await wordsOf(page, '.looks .columns')).toBe('7 may 2031');
    await page.getByText(/^2 at \S+, letter \d+ \(\d+ %\), 0 at /).waitFor();
    await dates.nth(1).press('Enter');
    const other = (await dates.nth(1).textContent())?.slice(0, 10);
    await page.getByRole('heading', { name: `Where the network looks while it writes ${other}` }).waitFor();
    const { searchParams } = new URL(page.url());
    expect(['phrase', 'choice'].map((name) => searchParams.get(name))).toEqual(['7 May 2031!', '2']);
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
    await page.getByRole('heading', { name: 'What it hears when theo says 6' }).waitFor();
    await expect.poll(() => spectrogram.getAttribute('aria-label')).not.toBe(seven);
    expect(new URL(page.url()).searchParams.get('sample')).toBe('6');
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.getByText(/^The microphone cannot be used: /).waitFor();
  },

  async numbers(page) {
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    const yours = page.getByRole('region', { name: 'Your number' });
    await page.getByRole('textbox').fill('2a7');
    await page.getByText('Type three to six digits.').waitFor();
    await page.getByRole('textbox').fill('9075');
    await expect.poll(() => yours.locator('.read').textContent()).toBe('It reads 9075');
    expect(new URL(page.url()).searchParams.get('number')).toBe('9075');
    const spectrogram = page.getByRole('img', { name: /^Spectrogram of/ }).first();
    const first = await spectrogram.getAttribute('aria-label');
    await page.locator('.held-out button').nth(1).press('Enter');
    await expect.poll(() => spectrogram.getAttribute('aria-label')).not.toBe(first);
    expect(new URL(page.url()).searchParams.get('string')).toBe('2');
    await yours.getByRole('button', { name: 'Speak' }).click();
    await page.getByText(/^The microphone cannot be used: /).waitFor();
  },

  async sounds(page) {
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    await page.getByRole('textbox').fill('Knight!');
    const sayings = page.getByRole('list', { name: 'The most probable pronunciations' }).getByRole('button');
    await expect.poll(() => sayings.first().textContent()).toMatch(/^N AY T \d\d %$/);
    const matrix = page.getByRole('table', { name: /^Where the network looks/ });
    const heads = () => matrix.getByRole('rowheader').allTextContents();
    await expect.poll(heads).toEqual(['N', 'AY', 'T', 'end']);
    expect(await matrix.getByRole('columnheader').allTextContents()).toEqual([...'knight']);
    await sayings.nth(1).press('Enter');
    await expect.poll(heads).not.toEqual(['N', 'AY', 'T', 'end']);
    const { searchParams } = new URL(page.url());
    expect(['word', 'choice'].map((name) => searchParams.get(name))).toEqual(['Knight!', '2']);
  },

  async translation(page) {
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    await page.getByRole('textbox').fill('He is my xylophone.');
    await page.getByText('It does not know: xylophone').waitFor();
    await page.getByRole('textbox').fill('He is my friend.');
    const found = page.getByRole('list', { name: 'The best translations' }).getByRole('button');
    await expect.poll(() => found.first().textContent()).toMatch(/^C’est mon ami\./);
    const matrix = page.getByRole('table', { name: /^Where the network looks/ });
    const heads = () => matrix.getByRole('rowheader').allTextContents();
    await expect.poll(heads).toEqual(["c'", 'est', 'mon', 'ami', '.', 'end']);
    expect(await matrix.getByRole('columnheader').allTextContents()).toEqual([
      'he',
      'is',
      'my',
      'friend',
      '.',
    ]);
    await found.nth(1).press('Enter');
    await expect.poll(heads).not.toEqual(["c'", 'est', 'mon', 'ami', '.', 'end']);
    const { searchParams } = new URL(page.url());
    expect(['sentence', 'choice'].map((name) => searchParams.get(name))).toEqual(['He is my friend.', '2']);
  },

  async 'what-next'(page) {
    const path = page.getByRole('list', { name: 'Your clicks so far' }).getByRole('listitem');
    await path.nth(2).waitFor();
    await page.locator('.guesses button').first().press('Enter');
    await expect.poll(() => path.count()).toBe(4);
    await page.getByRole('button', { name: 'Take back the last click' }).click();
    await expect.poll(() => path.count()).toBe(3);
    await page.getByLabel('Begin again with').selectOption('skirt 50, of many colours, $38');
    await expect.poll(() => path.allTextContents()).toEqual(['skirt 50of many colours, $38']);
    await page.locator('.shelves dd > span').nth(216).click();
    await expect.poll(() => path.count()).toBe(2);
    expect(new URL(page.url()).searchParams.get('clicks')).toBe('50-217');
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

  async motion(page) {
    const figure = page.locator('.figure');
    const label = () => figure.getAttribute('aria-label');
    const slider = page.getByRole('slider', { name: /^Frame/ });
    await page.getByRole('button', { name: 'Stop' }).click();
    await slider.fill('80');
    await expect.poll(label).toMatch(/^Frame 81 of 1834: labelled Stroke; the network predicts \w+, \d+ %$/);
    await expect.poll(() => new URL(page.url()).searchParams.get('frame')).toBe('80');
    const moved = await figure.innerHTML();
    await page.getByRole('combobox', { name: 'The motion' }).selectOption('right');
    await expect.poll(() => figure.innerHTML()).not.toBe(moved);
    await page.getByRole('button', { name: 'Person C, story 3' }).press('Enter');
    await expect.poll(label).toMatch(/^Frame 1 of 1448: labelled Rest/);
    await page.getByRole('button', { name: 'Play' }).click();
    await expect.poll(label).toMatch(/^Frame (?!1 )\d+ of 1448/);
    const { searchParams } = new URL(page.url());
    expect(['recording', 'change'].map((name) => searchParams.get(name))).toEqual(['c3', 'right']);
  },

  async 'why-lstm'(page) {
    const sequence = page.getByRole('img', { name: /^20 steps; marked: 0.2 at step \d+, 0.9 at step \d+/ });
    await sequence.waitFor();
    await page.getByRole('img', { name: /^minGRU: the largest slopes are/ }).waitFor();
    await page.getByText('Update gates of the minGRU').waitFor();
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
    // The first network sees none of the words after “six”; the second sees them all.
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

  async activity(page) {
    const lanes = page.getByRole('img', { name: /^The predicted activity for each second/ });
    const chest = page.getByRole('img', { name: /^Chest and right ankle/ });
    await expect.poll(() => lanes.getAttribute('aria-label')).toMatch(/right in \d+ of 240 seconds$/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('slider', { name: /^Second/ }).fill('9');
    await expect.poll(() => wordsOf(page, '.player .finding')).toMatch(/^Walking, predicted/);
    await page.getByRole('combobox', { name: 'and then' }).selectOption('nothing');
    await expect.poll(() => lanes.getAttribute('aria-label')).toMatch(/ of 120 seconds$/);
    await page.getByRole('button', { name: /^Lying, recording 3:/ }).press('Enter');
    await expect.poll(() => wordsOf(page, '.player .finding')).toMatch(/^Lying, predicted/);
    const recorded = await chest.innerHTML();
    await page.getByRole('combobox', { name: 'The signals' }).selectOption('mute-0');
    await expect.poll(() => chest.getAttribute('aria-label')).toMatch(/muted$/);
    await expect.poll(() => chest.innerHTML()).not.toBe(recorded);
    await page.getByRole('slider', { name: /^Second/ }).fill('59');
    await expect.poll(() => new URL(page.url()).searchParams.get('second')).toBe('59');
    const { searchParams } = new URL(page.url());
    const state = ['recording', 'next', 'change'].map((name) => searchParams.get(name));
    expect(state).toEqual(['lying-3', 'nothing', 'mute-0']);
  },

  async evolution(page) {
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    const steps = page.getByRole('group', { name: /^The numbers/ }).getByRole('button');
    const answers = () => page.locator('.sums dd').allTextContents();
    await expect.poll(() => steps.count()).toBe(20);
    await expect.poll(answers).toEqual([expect.any(String), expect.stringMatching(/✓$/), expect.any(String)]);
    const [truth] = await answers();
    const unmarked = await steps.evaluateAll((all) =>
      all.findIndex((one) => !one.getAttribute('aria-label')?.endsWith('marked')),
    );
    await steps.nth(unmarked).press('Enter');
    await page.getByRole('slider', { name: /^Number at step/ }).fill('0.5');
    await page.getByRole('checkbox', { name: 'marked' }).check();
    await page.getByText(/^3 numbers are marked/).waitFor();
    await expect.poll(async () => Number((await answers())[0])).toBeCloseTo(Number(truth) + 0.5, 2);
    const words = new URL(page.url()).searchParams.get('sequence')?.split('-') ?? [];
    expect(words[unmarked]).toBe('50m');
  },
};

/** Draws an eight on the pad. @param halfway called when half of it is drawn */
export async function drawEight(page: Page, halfway = async () => {}): Promise<void> {
  const pad = page.getByRole('img', { name: /^Draw a digit here/ });
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (!box) throw new Error('there is no pad');
  const to = ([x, y]: number[]) =>
    [box.x + (0.2 + 0.004 * x) * box.width, box.y + (0.8 - 0.006 * y) * box.height] as const;
  const [start, ...rest] = EIGHT;
  await page.mouse.move(...to(start));
  await page.mouse.down();
  for (const [i, point] of rest.entries()) {
    if (i === 4) await halfway();
    await page.mouse.move(...to(point), { steps: 6 });
  }
  await page.mouse.up();
}
