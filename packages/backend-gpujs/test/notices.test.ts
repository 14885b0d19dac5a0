/* The published package has the licences of the code that is bundled in it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { noticesOf } from '../scripts/notices.mjs';

const folder = mkdtempSync(join(tmpdir(), 'recurra-notices-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the bundle of gpu.js has the notices of all packages in it', () => {
  const notices = readFileSync(new URL('../dist/gpu.LICENSE', import.meta.url), 'utf8');
  expect(notices).toMatch(/^gpu\.js \d/m);
  expect(notices).toMatch(/^gpu-mock\.js \d/m);
  expect(notices).toMatch(/^acorn \d[\s\S]*Copyright \(C\) 2012-\d+ by various contributors/m);
  expect(notices.match(/Permission is hereby granted, free of charge/g)).toHaveLength(3);
});

test('a package without a licence file is not bundled', () => {
  const own = join(folder, 'node_modules', '@some', 'thing');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: '@some/thing', version: '1.2.3' }));
  const modules = ['\0rolldown/runtime.js', join(own, 'lib', 'index.js')];
  expect(() => noticesOf(modules)).toThrow('@some/thing 1.2.3 is in the bundle but has no licence file');
  writeFileSync(join(own, 'LICENSE.md'), 'Anybody may use it.\n');
  expect(noticesOf(modules)).toBe('@some/thing 1.2.3\n\nAnybody may use it.\n');
});
