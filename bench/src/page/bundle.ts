/* The page: the bench's systems and the libraries that are installed, bundled by Vite into a folder. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { bundleConfig, isInstalled, librariesSource, virtualModule } from '../libraries.js';
import { filesFolder, pagePeers, peerFiles, sharedPeers } from './peers.js';

/** Built, or in a test the sources: what stands beside this file. */
const script = fileURLToPath(new URL(`page${extname(import.meta.url)}`, import.meta.url));
const html = `<!doctype html><link rel="icon" href="data:,"><title>Bench</title><script type="module" src="/page.js"></script>`;

export async function bundlePage(folder: string): Promise<void> {
  const entry = 'bench:page';
  const installed = pagePeers.filter(isInstalled);
  const libraries = librariesSource(installed, filesFolder);
  await build({
    ...bundleConfig,
    plugins: [
      virtualModule(entry, `import { ready } from ${JSON.stringify(script)};\nready(${libraries});`),
      documentFile,
      peerFiles(installed),
    ],
    resolve: { dedupe: sharedPeers.filter((name) => isInstalled({ name })) },
    build: {
      outDir: folder,
      minify: false,
      target: 'esnext',
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
    },
  });
}

/** The page itself. */
const documentFile: Plugin = {
  name: 'bench:document',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'index.html', source: html });
  },
};
