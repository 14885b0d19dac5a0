/* The offline bundle: one file that measures WebGPU on a machine without this repository and without a network. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';
import { peersFolder } from './node/host.js';
import { bundleRoot, folderOf, isInstalled, librariesSource, virtualModule } from './peers.js';

const peers = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'webgpu'];

/** The loader of Vulkan drivers: that of the distribution, or Chromium's. */
const vulkanLoaders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib/chromium',
].map((folder) => `${folder}/libvulkan.so.1`);

const top = 'recurra-bench';

/**
 * Writes a .tar.xz with this Node, Dawn, the bench and TensorFlow.js. `recurra-bench/run.sh` in it runs the bench.
 * @throws Error if something that belongs in it is not installed
 */
export async function pack(file: string): Promise<void> {
  const missing = peers.filter((name) => !isInstalled(name));
  const vulkan = vulkanLoaders.find(existsSync);
  if (!vulkan) missing.push('libvulkan.so.1 (apt-get install libvulkan1)');
  if (missing.length > 0 || !vulkan) throw new Error(`not installed: ${missing.join(', ')}`);
  console.log(`Packing ${file}: this takes a minute or two`);
  const folder = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
  try {
    await fill(join(folder, top), vulkan);
    execFileSync('tar', ['--create', '--xz', '--file', file, '--directory', folder, top], {
      env: { ...process.env, XZ_OPT: '-T0' },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The layout is that of the repository, because the bench finds bench/peers by a relative path. */
async function fill(folder: string, vulkan: string): Promise<void> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const loader = 'bench:load';
  await bundle(join(folder, 'bench/dist/node'), '.js', {
    main: here('main.js'),
    worker: here('node/worker.js'),
  });
  await bundle(join(folder, 'bench/peers'), '.mjs', { load: loader }, [
    virtualModule(loader, loaderSource()),
  ]);
  copyFileSync(new URL('pytorch.py', peersFolder), join(folder, 'bench/peers/pytorch.py'));
  const dawn = `dist/${process.platform}-${process.arch}/dawn.node`;
  for (const path of ['index.js', 'package.json', 'LICENSE.md', dawn])
    cpSync(new URL(path, folderOf('webgpu')), join(folder, 'node_modules/webgpu', path));
  mkdirSync(join(folder, 'lib'));
  copyFileSync(vulkan, join(folder, 'lib/libvulkan.so.1'));
  copyFileSync(process.execPath, join(folder, 'node'));
  copyFileSync(here('../offline/run.sh'), join(folder, 'run.sh'));
}

/** Replaces peers/load.mjs. */
function loaderSource(): string {
  return `
    const libraries = ${librariesSource(peers.map((name) => ({ name })))};
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
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rolldownOptions: {
        input,
        // Dawn has a binary file next to its module. The other two need a browser and Vite, which are not in
        // the bundle.
        external: ['webgpu', /\/page\/chromium\.js$/, /\/pack\.js$/],
        output: { entryFileNames: `[name]${extension}`, chunkFileNames: `[name]-[hash]${extension}` },
      },
    },
  });
}
