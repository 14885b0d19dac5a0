/* The offline bundle: one file that proves and measures on a machine with a GPU, without this repository and without a network. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Files, suitePage } from '@recurra/conformance/chromium';
import { build, type InlineConfig } from 'vite';
import { peersFolder } from './node/host.js';
import { suiteColumns } from './offline/columns.js';
import { bundlePage } from './page/bundle.js';
import { bundleRoot, folderOf, isInstalled, librariesSource, pagePeers, virtualModule } from './peers.js';

/** The libraries in Node. */
const peers = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'webgpu'];
/** The libraries in a page: those that run on a GPU. */
const peersInPage = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'onnxruntime-web/webgpu'];

const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/lib64',
  '/usr/lib/chromium',
];
/** The loader of Vulkan drivers, which run.sh prefers to the machine's own. */
const vulkan = 'libvulkan.so.1';
/** What Node and Dawn need besides glibc; run.sh uses them only if the machine has none. */
const runtimeLibraries = ['libstdc++.so.6', 'libgcc_s.so.1'];

const external = ['webgpu', 'playwright-core', 'vite'];

const top = 'recurra-bench';

/**
 * Writes a .tar.xz with this Node, Dawn, the suite, the bench, and the libraries on GPUs that it compares with.
 * `recurra-bench/run.sh` in it proves and measures everything.
 * @throws Error if something that belongs in it is not installed
 */
export async function pack(file: string): Promise<void> {
  const needed = [...peers, ...pagePackages().map((peer) => peer.package ?? peer.name)];
  const missing = [...new Set(needed)].filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new Error(`not installed: ${missing.join(', ')}`);
  // Fails now rather than in a minute.
  mkdirSync(dirname(file), { recursive: true });
  console.log(`Packing ${file}: this takes a minute or two`);
  const folder = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
  try {
    await writeBundle(join(folder, top));
    execFileSync('tar', ['--create', '--xz', '--file', file, '--directory', folder, top], {
      env: { ...process.env, XZ_OPT: '-T0' },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes the bundle as a folder, with those libraries to compare with that are installed. The layout is that of the repository,
 * because the bench finds bench/peers by a relative path.
 */
export async function writeBundle(folder: string): Promise<void> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const loader = 'bench:load';
  await bundle(join(folder, 'bench/dist/node'), '.js', {
    main: here('main.js'),
    worker: here('node/worker.js'),
    'run-all': here('offline/run-all.js'),
    suite: here('offline/suite.js'),
    reference: here('offline/reference.js'),
  });
  await bundle(join(folder, 'bench/peers'), '.mjs', { load: loader }, [
    virtualModule(loader, loaderSource()),
  ]);
  copyFileSync(new URL('pytorch.py', peersFolder), join(folder, 'bench/peers/pytorch.py'));
  const dawn = `dist/${process.platform}-${process.arch}/dawn.node`;
  const dawnFiles = isInstalled('webgpu') ? ['index.js', 'package.json', 'LICENSE.md', dawn] : [];
  for (const path of dawnFiles)
    cpSync(new URL(path, folderOf('webgpu')), join(folder, 'node_modules/webgpu', path));
  const pages = join(folder, 'bench/pages');
  writeFiles(join(pages, 'bench'), await bundlePage(pagePackages()));
  for (const { page } of Object.values(suiteColumns))
    if (page) writeFiles(join(pages, `suite-${page.gpu}`), await suitePage({ ...page, root: here('..') }));
  copyPlaywright(join(folder, 'node_modules/playwright-core'));
  mkdirSync(join(folder, 'lib/more'), { recursive: true });
  copyFileSync(systemLibrary(vulkan), join(folder, 'lib', vulkan));
  for (const name of runtimeLibraries) copyFileSync(systemLibrary(name), join(folder, 'lib/more', name));
  copyFileSync(process.execPath, join(folder, 'node'));
  copyFileSync(here('../offline/run.sh'), join(folder, 'run.sh'));
}

function pagePackages() {
  return pagePeers.filter(({ name }) => peersInPage.includes(name));
}

/** @throws Error if the machine does not have it */
function systemLibrary(name: string): string {
  const found = libraryFolders.map((folder) => join(folder, name)).find(existsSync);
  if (!found)
    throw new Error(`${name} is not in ${libraryFolders.join(', ')}; libvulkan1 is a package of Debian`);
  return found;
}

function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** What drives Chromium, without the pages of its tools. */
function copyPlaywright(folder: string): void {
  const from = fileURLToPath(new URL('.', import.meta.resolve('playwright-core')));
  for (const path of ['package.json', 'index.js', 'index.mjs', 'browsers.json', 'lib', 'LICENSE', 'NOTICE'])
    cpSync(join(from, path), join(folder, path), {
      recursive: true,
      filter: (file) => !/\/lib\/(vite|tools)$/.test(file),
    });
}

/** Replaces peers/load.mjs. */
function loaderSource(): string {
  return `
    const libraries = ${librariesSource(peers.filter((name) => isInstalled(name)).map((name) => ({ name })))};
    export async function load(name) {
      if (Object.hasOwn(libraries, name)) return libraries[name]();
      throw Object.assign(new Error(name + ' is not in the offline bundle'), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
}

async function bundle(
  outDir: string,
  extension: string,
  input: Readonly<Record<string, string>>,
  plugins: InlineConfig['plugins'] = [],
): Promise<void> {
  await build({
    root: bundleRoot,
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins,
    ssr: { noExternal: true, external },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rolldownOptions: {
        input,
        // Dawn and Playwright have files next to their modules. The others need Vite, which is not in the bundle.
        external: [...external, /\/page\/bundle\.js$/, /\/pack\.js$/],
        output: { entryFileNames: `[name]${extension}`, chunkFileNames: `[name]-[hash]${extension}` },
      },
    },
  });
}
