/* Helpers with which tests draw on a page and read from it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** The pen's path of an eight of the handwriting test set. */
export const EIGHT = [
  [80, 100],
  [18, 98],
  [60, 66],
  [100, 29],
  [42, 0],
  [0, 23],
  [42, 61],
  [56, 98],
];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function wordsOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent()) ?? '';
}

export async function stepOf(page: Page): Promise<number> {
  const [, step = '0'] = /step ([\d,]+)/.exec(await wordsOf(page, '.facts')) ?? [];
  return Number(step.replaceAll(',', ''));
}

/** The loss shown once `step` is reached. */
export async function lossAfter(page: Page, step: number): Promise<number> {
  await expect.poll(() => stepOf(page), { timeout: 150_000, interval: 100 }).toBeGreaterThanOrEqual(step);
  return Number(await wordsOf(page, '.curve output'));
}

export async function scoreOf(page: Page): Promise<number> {
  return Number((await page.locator('[data-score]').getAttribute('data-score')) || Number.NaN);
}

/** A snapshot of the network's result: its text and its canvases. */
export function picture(page: Page): Promise<string[]> {
  return page
    .locator('[data-picture]')
    .evaluateAll((regions) =>
      regions.flatMap((region) => [
        region.textContent ?? '',
        ...[...region.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()),
      ]),
    );
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly tdur?: number;
}

/** Milliseconds of work in the longest task of the page's main thread between the two marks. */
export function longestTask(events: readonly TraceEvent[]): number {
  const mark = (name: string) => {
    const event = events.find((one) => one.name === name);
    if (!event) throw new Error(`the trace has no mark '${name}'`);
    return event;
  };
  const [from, to] = [mark('training'), mark('trained')];
  const tasks = events.filter(({ name, pid, tid, ts }) => {
    return name.endsWith('RunTask') && pid === from.pid && tid === from.tid && ts > from.ts && ts < to.ts;
  });
  expect(tasks.length).toBeGreaterThan(10);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

/** The gzipped size of the loaded code and styles. */
export async function kilobytes(loaded: readonly string[]): Promise<number> {
  const code = [...new Set(loaded)].filter((url) => /\.(js|css|html)$|\/$/.test(new URL(url).pathname));
  const bodies = await Promise.all(
    code.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())),
  );
  return bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1000;
}

interface Axe {
  run(options: object): Promise<{
    violations: { impact: string; id: string; help: string; nodes: { html: string }[] }[];
  }>;
}

/** The rules of axe that depend on colours. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * The serious and critical violations of axe's rules. Other results are not described, which would take most of its time.
 * @param rules the rules to check; default: all
 */
export async function accessibility(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(`if (!globalThis.axe) {\n${axe}\n}`);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate(
    (options) => (globalThis as unknown as { axe: Axe }).axe.run(options),
    options,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`);
}

/** {@link accessibility} in the light scheme, and in the dark one, which only changes colours. */
export async function accessibilityInBothSchemes(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await accessibility(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  return [...light, ...(await accessibility(page, COLOR_RULES))];
}
