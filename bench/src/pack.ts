/* What measures WebGPU on another machine, which needs neither this repository nor a network: one file to carry. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';
import { bundleConfig, folderOf, isInstalled, librariesSource, virtualModule } from './libraries.js';
import { peersFolder } from './node/host.js';

const peers = [{ name: '@tensorflow/tfjs' }, { name: '@tensorflow/tfjs-backend-webgpu' }, { name: 'webgpu' }];

/** The loader of Vulkan drivers: Debian's libvulkan1, or Chromium's. */
const vulkan = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib/chromium',
].map((folder) => `${folder}/libvulkan.so.1`);

const top = 'recurra-bench';

/**
 * Writes a .tar.xz with this Node, Dawn, the bench and the libraries; `recurra-bench/run.sh` in it runs.
 * @throws Error where something that is carried is not here
 */
export async function pack(file: string): Promise<void> {
  const missing = peers.filter((peer) => !isInstalled(peer)).map(({ name }) => name);
  const loader = vulkan.find(existsSync);
  if (!loader) missing.push('libvulkan.so.1 (apt-get install libvulkan1)');
  if (missing.length > 0 || !loader) throw new Error(`not here: ${missing.join(', ')}`);
  console.log(`Packing ${file}: a minute or two`);
  const folder = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
  try {
    await fill(join(folder, top), loader);
    execFileSync('tar', ['--create', '--xz', '--file', file, '--directory', folder, top], {
      env: { ...process.env, XZ_OPT: '-T0' },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folders stand to each other as they do here. */
async function fill(folder: string, loader: string): Promise<void> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const module = 'bench:load';
  await bundle(join(folder, 'bench/dist/node'), {
    main: here('main.js'),
    'lane-process': here('node/lane-process.js'),
  });
  await bundle(join(folder, 'bench/peers'), { load: module }, [virtualModule(module, loadSource())]);
  copyFileSync(new URL('pytorch.py', peersFolder), join(folder, 'bench/peers/pytorch.py'));
  const dawn = `dist/${process.platform}-${process.arch}/dawn.node`;
  for (const path of ['index.js', 'package.json', 'LICENSE.md', dawn])
    cpSync(new URL(path, folderOf({ name: 'webgpu' })), join(folder, 'node_modules/webgpu', path));
  mkdirSync(join(folder, 'lib'));
  copyFileSync(loader, join(folder, 'lib/libvulkan.so.1'));
  copyFileSync(process.execPath, join(folder, 'node'));
  copyFileSync(here('../carried/run.sh'), join(folder, 'run.sh'));
}

/** In the place of peers/load.mjs. */
function loadSource(): string {
  return `
    const libraries = ${librariesSource(peers)};
    export async function load(name) {
      if (Object.hasOwn(libraries, name)) return libraries[name]();
      throw Object.assign(new Error(name + ' was not carried'), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
}

async function bundle(
  outDir: string,
  input: Readonly<Record<string, string>>,
  plugins: InlineConfig['plugins'] = [],
): Promise<void> {
  const extension = 'load' in input ? 'mjs' : 'js';
  await build({
    ...bundleConfig,
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
        // Dawn has a binary beside it. There is no browser, and nothing to pack.
        external: ['webgpu', /\/page\/chromium\.js$/, /\/pack\.js$/],
        output: { entryFileNames: `[name].${extension}`, chunkFileNames: `[name]-[hash].${extension}` },
      },
    },
  });
}
