/* Bundles the page that systems run in. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleScript, type Files } from '@recurra/conformance/chromium';
import * as vite from 'vite';
import {
  bundleRoot,
  isInstalled,
  librariesSource,
  type Peer,
  pagePeers,
  peerFiles,
  sharedPeers,
} from '../peers.js';

/**
 * The systems that run in a page, and the libraries that are installed.
 * @param peers the libraries. Default: all that run in a page
 */
export function bundlePage(peers: readonly Peer[] = pagePeers): Promise<Files> {
  const installed = peers.filter((peer) => isInstalled(peer.package ?? peer.name));
  // In a test this file is a source file, and so is that of the handler.
  const handler = fileURLToPath(new URL(`handler${extname(import.meta.url)}`, import.meta.url));
  const source = `import { createPageHandler } from ${JSON.stringify(handler)};
    globalThis.benchHandler = createPageHandler(${librariesSource(installed)});`;
  return bundleScript(vite, source, {
    root: bundleRoot,
    plugins: [peerFiles(installed)],
    resolve: {
      dedupe: sharedPeers.filter(isInstalled),
      // Its WebAssembly is among the emitted files; otherwise it would be bundled as well.
      conditions: ['onnxruntime-web-use-extern-wasm', ...vite.defaultClientConditions],
    },
  });
}
