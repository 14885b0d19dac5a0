// Runs a script in headless Chromium, Debian's or the one at CHROMIUM_PATH.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

export const chromium = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

// Chromium's own calls to its maker would fail, many at a time, on a closed network.
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const args = [...quiet, '--disable-gpu', '--disable-quic'];
const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Serves a folder, opens a page with one of its scripts, and waits until that logs the word. */
export async function runInChromium(folder, script, word) {
  const { chromium: launcher } = await import('playwright-core');
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = join(folder, pathname);
    if (pathname === '/') {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`,
      );
    } else if (existsSync(file)) {
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
      response.end(readFileSync(file));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  let browser;
  try {
    // The sandbox does not work for root.
    const chromiumSandbox = process.getuid?.() !== 0;
    browser = await launcher.launch({ executablePath: chromium, args, chromiumSandbox });
    const page = await browser.newPage();
    const said = new Promise((resolve, reject) => {
      page.on('pageerror', reject);
      page.on('console', (message) => {
        if (message.type() === 'error') reject(new Error(message.text()));
        if (message.text() === word) resolve();
      });
      setTimeout(() => reject(new Error(`the page did not log '${word}' in 60 s`)), 60_000).unref();
    });
    await Promise.all([said, page.goto(`http://127.0.0.1:${server.address().port}/`)]);
  } finally {
    await browser?.close();
    server.close();
  }
}
