/* The file server for tests in a browser. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gpuFlags, ISOLATION_HEADERS, scriptPage, serve } from '../src/chromium.js';

async function get(url: string): Promise<[number, string | null, string]> {
  const response = await fetch(url);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

test('a folder is served below its base, and nothing outside it', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'recurra-serve-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  await mkdir(join(parent, 'site/sub'), { recursive: true });
  await writeFile(join(parent, 'secret.html'), 'secret');
  await writeFile(join(parent, 'site/sub/index.html'), 'index');
  const { url, close } = await serve(join(parent, 'site'), { base: '/some/folder/' });
  onTestFinished(close);
  expect(await get(`${url}sub/`)).toEqual([200, 'text/html; charset=utf-8', 'index']);
  for (const path of [
    `${url}sub`,
    `${url}..%2fsecret.html`,
    `${url}%2e%2e/secret.html`,
    new URL('/', url).href,
  ])
    expect((await get(path))[0], path).toBe(404);
});

test('files in memory are served with the given headers', async () => {
  const { url, close } = await serve(scriptPage('run()'), { headers: ISOLATION_HEADERS });
  onTestFinished(close);
  expect((await get(url))[2]).toContain('<script type="module" src="page.js">');
  expect(await get(`${url}page.js`)).toEqual([200, 'text/javascript; charset=utf-8', 'run()']);
  expect((await get(`${url}other.js`))[0]).toBe(404);
  const { headers } = await fetch(url);
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
});

test('Chromium’s flags follow from the GPU API and the kind of GPU', () => {
  expect(gpuFlags(undefined, 'hardware')).toBeUndefined();
  expect(gpuFlags('webgl')).not.toEqual(gpuFlags('webgpu'));
  expect(gpuFlags('webgl', 'hardware')).toEqual(gpuFlags('webgpu', 'hardware'));
});
