/* The libraries that Recurra is compared with, as a bundle imports them. Vite's configuration of the benchmark page uses this too. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { peersFolder } from './node/host.js';

export interface Peer {
  /** The name that systems load it by. */
  readonly name: string;
  /** The npm package. Default: the name. */
  readonly package?: string;
  /** The module that is imported. Default: the name. */
  readonly entry?: string;
  /** Files in its `dist` that it loads at run time. Default: none. */
  readonly files?: RegExp;
}

/** The libraries that run in a page. */
export const pagePeers: readonly Peer[] = [
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

/** Packages that must exist only once in a page, because Recurra and TensorFlow.js share their state, such as the device. */
export const sharedPeers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'];

/** @param root the folder whose `node_modules` has the package; default: bench/peers */
export function folderOf(name: string, root: URL = peersFolder): URL {
  return new URL(`node_modules/${name}/`, root);
}

export function isInstalled(name: string): boolean {
  return existsSync(folderOf(name));
}

/**
 * The source text of an object that has, by the name of each library, a function that loads it.
 * @param root as in {@link folderOf}
 */
export function librariesSource(peers: readonly Peer[], root?: URL): string {
  const members = peers.map(({ name, package: from = name, entry = name, files }) => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', folderOf(from, root)), 'utf8'));
    const rest = JSON.stringify({ version, files: files && filesFolder(name) });
    return `${JSON.stringify(name)}: async () => ({ library: await import(${JSON.stringify(entry)}), ...${rest} }),`;
  });
  return ['{', ...members, '}'].join('\n');
}

/**
 * A plugin of Vite that adds to the bundle the files that libraries load at run time.
 * @param root as in {@link folderOf}
 */
export function peerFiles(peers: readonly Peer[], root?: URL): Plugin {
  return {
    name: 'bench:files',
    generateBundle() {
      for (const { name, package: from = name, files } of peers) {
        if (!files) continue;
        const folder = new URL('dist/', folderOf(from, root));
        for (const file of readdirSync(folder).filter((file) => files.test(file))) {
          const source = readFileSync(new URL(file, folder));
          this.emitFile({ type: 'asset', fileName: `${filesFolder(name)}${file}`, source });
        }
      }
    },
  };
}

/** The folder in which {@link peerFiles} puts the files of a library, relative to the page. */
function filesFolder(name: string): string {
  return `files/${name}/`;
}

/** A plugin of Vite that provides a module with this source text. */
export function virtualModule(name: string, source: string) {
  return {
    name,
    resolveId: (id: string) => (id === name ? `\0${name}` : undefined),
    load: (id: string) => (id === `\0${name}` ? source : undefined),
  };
}

/** The folder in which bundles look for libraries. */
export const bundleRoot = fileURLToPath(peersFolder);
