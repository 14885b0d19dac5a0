/* Builds the gallery as its readers get it, and serves it under a sub-path. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '@recurra/conformance/chromium';
import { build } from 'vite';

/** @returns its address, the folder of the build, and a function that ends both */
export async function builtGallery(): Promise<{ url: string; folder: string; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-demos-'));
  await build({
    configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  const { url, close } = await serve(folder, { base: '/some/folder/' });
  return {
    url,
    folder,
    close() {
      close();
      rmSync(folder, { recursive: true });
    },
  };
}
