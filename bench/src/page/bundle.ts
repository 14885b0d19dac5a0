/* The page: the bench's systems and the libraries that are installed, bundled by Vite into a folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { peersFolder } from '../node/host.js';

interface Peer {
  readonly name: string;
  /** What is imported of it; absent: the name. */
  readonly entry?: string;
  /** What it loads besides, from its `dist`. */
  readonly files?: RegExp;
}

const peers: readonly Peer[] = [
  { name: '@tensorflow/tfjs' },
  { name: '@tensorflow/tfjs-backend-wasm', files: /\.wasm$/ },
  { name: '@tensorflow/tfjs-backend-webgpu' },
  { name: 'onnxruntime-web', entry: 'onnxruntime-web/wasm', files: /^ort-wasm-simd-threaded\.(mjs|wasm)$/ },
];

const page = `<!doctype html><link rel="icon" href="data:,"><title>Bench</title><script type="module" src="/page.js"></script>`;
const entry = 'bench:page';

export async function bundlePage(folder: string): Promise<void> {
  await build({
    // Libraries are found from here.
    root: fileURLToPath(peersFolder),
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins: [pagePlugin()],
    // What two of the systems are built on has one state, and one set of weights on the device.
    resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'] },
    build: {
      outDir: folder,
      minify: false,
      target: 'esnext',
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
    },
  });
}

function pagePlugin(): Plugin {
  const installed = peers.filter(({ name }) => existsSync(folderOf(name)));
  return {
    name: entry,
    resolveId: (id) => (id === entry ? `\0${entry}` : undefined),
    load: (id) => (id === `\0${entry}` ? scriptOf(installed) : undefined),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'index.html', source: page });
      for (const { name, files } of installed.filter(({ files }) => files)) {
        const folder = new URL('dist/', folderOf(name));
        for (const file of readdirSync(folder).filter((file) => files?.test(file))) {
          const source = readFileSync(new URL(file, folder));
          this.emitFile({ type: 'asset', fileName: `files/${name}/${file}`, source });
        }
      }
    },
  };
}

function scriptOf(installed: readonly Peer[]): string {
  const libraries = installed.map(({ name, entry = name }) => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', folderOf(name)), 'utf8'));
    const [key, from, rest] = [name, entry, { version, files: `/files/${name}/` }].map((value) =>
      JSON.stringify(value),
    );
    return `${key}: async () => ({ library: await import(${from}), ...${rest} }),`;
  });
  const module = JSON.stringify(fileURLToPath(new URL('page.js', import.meta.url)));
  return [`import { ready } from ${module};`, 'ready({', ...libraries, '});'].join('\n');
}

function folderOf(name: string): URL {
  return new URL(`node_modules/${name}/`, peersFolder);
}
