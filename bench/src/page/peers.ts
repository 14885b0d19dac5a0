/* The other libraries in a page, and what they load by themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { folderOf, type Peer } from '../libraries.js';

export interface PagePeer extends Peer {
  /** What it loads besides, from its `dist`. */
  readonly files?: RegExp;
}

export const pagePeers: readonly PagePeer[] = [
  { name: '@tensorflow/tfjs' },
  { name: '@tensorflow/tfjs-backend-wasm', files: /\.wasm$/ },
  { name: '@tensorflow/tfjs-backend-webgpu' },
  { name: 'onnxruntime-web', entry: 'onnxruntime-web/wasm', files: /^ort-wasm-simd-threaded\.(mjs|wasm)$/ },
  {
    name: 'onnxruntime-web/webgpu',
    package: 'onnxruntime-web',
    files: /^ort-wasm-simd-threaded\.asyncify\.(mjs|wasm)$/,
  },
];

/** What systems of both sides are built on: it has one state in the page, and they can share a device. */
export const sharedPeers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'];

/** Where {@link peerFiles} puts a library's files, from the page's folder. */
export function filesFolder(name: string): string {
  return `files/${name}/`;
}

/**
 * A plugin of Vite that puts beside the page what the libraries load by themselves.
 * @param from as in {@link folderOf}
 */
export function peerFiles(peers: readonly PagePeer[], from?: URL): Plugin {
  return {
    name: 'bench:files',
    generateBundle() {
      for (const peer of peers) {
        const { name, files } = peer;
        if (!files) continue;
        const folder = new URL('dist/', folderOf(peer, from));
        for (const file of readdirSync(folder).filter((file) => files.test(file))) {
          const source = readFileSync(new URL(file, folder));
          this.emitFile({ type: 'asset', fileName: `${filesFolder(name)}${file}`, source });
        }
      }
    },
  };
}
