/* Finds a Chromium on a machine. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
const folders = [
  '/usr/bin',
  '/usr/local/bin',
  '/usr/lib/chromium',
  '/opt/chromium',
  '/opt/google/chrome',
  '/snap/bin',
];

/** The one that `CHROMIUM_PATH` names, one in the PATH or in the usual folders, or one that Playwright installed. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH, PATH = '', PLAYWRIGHT_BROWSERS_PATH } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const found = [...PATH.split(delimiter), ...folders].flatMap((folder) =>
    names.map((name) => join(folder, name)),
  );
  const cache = PLAYWRIGHT_BROWSERS_PATH || join(homedir(), '.cache/ms-playwright');
  const cached = listed(cache)
    .filter((name) => /^chromium-\d/.test(name))
    .sort()
    .reverse();
  for (const version of cached)
    for (const system of listed(join(cache, version))) found.push(join(cache, version, system, 'chrome'));
  return found.find(existsSync);
}

/** The file that registers the software-emulated GPU that comes with Chromium. */
export function softwareDriver(chromium: string): string | undefined {
  return [dirname(realpathSync(chromium)), '/usr/lib/chromium']
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find(existsSync);
}

function listed(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
