/* Model files and checkpoints of an earlier release: they load, predict and go on training on WebGL in Chromium. */
import { hasChromium } from '@recurra/conformance/chromium';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { near, oldFiles } from '../../core/test/old-files/read.js';
import { openTestPage, type TestPage } from './chromium.js';

const missing = !process.env.CI && !hasChromium();
const title = `files of an earlier release, in Chromium${missing ? ': apt-get install chromium, or set CHROMIUM_PATH' : ''}`;

describe.skipIf(missing)(title, () => {
  let page: TestPage;
  beforeAll(async () => {
    page = await openTestPage('minified');
  });
  afterAll(() => page?.close());

  describe.each(['webgl2', 'webgl1'] as const)('%s', (mode) => {
    test.each(oldFiles)('$name', async ({ name, files, expected }) => {
      const { result, left } = await page.call('oldFiles', mode, name, files);
      expect(result).toEqual(near(expected));
      expect(left).toEqual({ tensors: 0, bytes: 0 });
    });
  });
});
