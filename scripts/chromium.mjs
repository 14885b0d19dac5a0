// Runs a script in headless Chromium. Import it after the build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPage, pageHtml } from '../packages/conformance/dist/chromium.js';

export { hasChromium } from '../packages/conformance/dist/chromium.js';

/** Serves a folder, opens a page with one of its scripts, and waits until the script logs `message`. */
export async function runInChromium(folder, script, message) {
  writeFileSync(join(folder, 'index.html'), pageHtml(script));
  const { page, url, close } = await openPage(folder);
  try {
    const logged = new Promise((resolve, reject) => {
      page.on('pageerror', reject);
      page.on('console', (entry) => {
        if (entry.type() === 'error') reject(new Error(entry.text()));
        if (entry.text() === message) resolve();
      });
      setTimeout(() => reject(new Error(`the page did not log '${message}' in 60 s`)), 60_000).unref();
    });
    await Promise.all([logged, page.goto(url)]);
  } finally {
    await close();
  }
}
