// Runs a script in headless Chromium. To be imported after the build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preview } from 'vite';
import { launchChromium } from '../packages/conformance/dist/chromium.js';

export { hasChromium } from '../packages/conformance/dist/chromium.js';

/** Serves a folder, opens a page with one of its scripts, and waits until that logs the word. */
export async function runInChromium(folder, script, word) {
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
  writeFileSync(join(folder, 'index.html'), html);
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: { outDir: '.' },
    preview: { host: '127.0.0.1', port: 0 },
  });
  let browser;
  try {
    browser = await launchChromium();
    const page = await browser.newPage();
    const said = new Promise((resolve, reject) => {
      page.on('pageerror', reject);
      page.on('console', (message) => {
        if (message.type() === 'error') reject(new Error(message.text()));
        if (message.text() === word) resolve();
      });
      setTimeout(() => reject(new Error(`the page did not log '${word}' in 60 s`)), 60_000).unref();
    });
    await Promise.all([said, page.goto(server.resolvedUrls.local[0])]);
  } finally {
    await browser?.close();
    await server.close();
  }
}
