// Checks the packages as users get them: packed, installed in another folder, run in Node, bundled, and run in a browser.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { check, close, skip } from './checks.mjs';
import { platformPackages, withPlatforms } from './platforms.mjs';
import { setUp, top } from './setup.mjs';
import { command, outsideFolder, pack, published } from './tarballs.mjs';

const coreLimit = 80_000;
const predictorLimit = 20_000;
const nativeProgram = `import { native } from '@recurra/backend-native';
const backend = await native();
const y = await backend.read(backend.affine(backend.upload([1, 2], [2]), 2, 1));
if (String(y) !== '3,5') throw new Error(String(y));
backend.dispose();
`;

if (!(await setUp())) process.exit(1);
const { hasChromium, runInChromium } = await import('./chromium.mjs');
const project = outsideFolder('packages');
const packages = published(project);
const addon = join(top, `packages/backend-native/build/recurra-${process.platform}-${process.arch}.node`);

for (const pkg of packages) {
  if (!(await check(`${pkg.name} packs`, () => pack(pkg)))) continue;
  await check(`${pkg.name}: publint`, () => lint(pkg));
  if (pkg.exports) {
    const args = [pkg.tarball, '--profile', 'esm-only', '--no-definitely-typed'];
    await check(`${pkg.name}: are the types wrong`, () => run('attw', args));
  }
}

await check('core has no dependencies', () => {
  const { dependencies, peerDependencies } = packages.find((pkg) => pkg.name === '@recurra/core');
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  if (names.length > 0) throw new Error(`it depends on ${names.join(', ')}`);
});

await check('all install into an empty project', async () => {
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run('npm', ['install', '--no-audit', '--no-fund', ...packages.map((pkg) => pkg.tarball)]);
});
await check('the command runs in this project', () => run('node_modules/.bin/recurra', ['--help']));

if (process.env.CI || existsSync(addon)) {
  await checkPlatformPackage();
} else {
  skip('the native backend runs', 'its addon was not compiled: apt-get install g++');
}

await check('core is small', async () => {
  writeFileSync(join(project, 'core.js'), "export * from '@recurra/core';\n");
  await bundle('core');
  return checkSize('core', coreLimit);
});

await check('an application that only predicts bundles no training', async () => {
  const predictor = `import { dense, loadPredictor, lstm } from '@recurra/core';
export const load = (file, backend) => loadPredictor(file, backend, { layers: { lstm, dense } });
`;
  writeFileSync(join(project, 'predictor.js'), predictor);
  await bundle('predictor');
  return checkSize('predictor', predictorLimit);
});

await copyFile(join(top, 'scripts/consumer.mjs'), join(project, 'consumer.js'));
await check('the consumer program runs in Node', () => run(process.execPath, ['consumer.js']));
const readme = readFileSync(join(top, 'README.md'), 'utf8');
for (const [index, [, program]] of [...readme.matchAll(/```ts\n(.*?)```/gs)].entries()) {
  writeFileSync(join(project, `readme-${index + 1}.js`), program);
  await check(`the README's program ${index + 1} runs in Node`, () =>
    run(process.execPath, [`readme-${index + 1}.js`]),
  );
}
await check('Vite bundles the consumer program', () => bundle('consumer'));
await check('the bundle runs in Node', () => run(process.execPath, ['consumer/consumer.js']));
if (hasChromium() || process.env.CI) {
  await check('the bundle runs in Chromium', () =>
    runInChromium(join(project, 'consumer'), 'consumer.js', 'consumer: ok'),
  );
} else {
  skip('the bundle runs in Chromium', 'apt-get install chromium, or set CHROMIUM_PATH');
}
close();

/** Runs a command in the project, and prints nothing if it succeeds. */
async function run(name, args) {
  await command(name, args, { cwd: project });
}

/** The packages of the native backend and of this platform's addon, as a release makes them. */
async function checkPlatformPackage() {
  const native = packages.find(({ name }) => name === '@recurra/backend-native');
  const core = packages.find(({ name }) => name === '@recurra/core');
  const script = join(native.folder, 'scripts/platform-package.mjs');
  await command(process.execPath, [script, join(project, 'platforms')]);
  const [platform] = platformPackages(join(project, 'platforms')).map((pkg) => ({
    ...pkg,
    tarball: join(project, 'platform.tgz'),
  }));
  const released = { ...native, tarball: join(project, 'released-native.tgz') };
  await check(`${platform.name} packs, and a release of ${native.name} depends on it`, async () => {
    await pack(platform);
    await withPlatforms([platform], () => pack(released));
  });
  for (const pkg of [platform, released])
    await check(`${pkg.tarball.split('/').at(-1)}: publint`, () => lint(pkg));
  await check('the native backend runs with the packages of a release, and nothing compiled', async () => {
    const folder = join(project, 'native');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const inFolder = { cwd: folder };
    const tarballs = [core, released, platform].map(({ tarball }) => tarball);
    await command('npm', ['install', '--no-audit', '--no-fund', ...tarballs], inFolder);
    writeFileSync(join(folder, 'native.js'), nativeProgram);
    await command(process.execPath, ['native.js'], inFolder);
    const installed = JSON.parse(readFileSync(join(folder, 'node_modules', native.name, 'package.json')));
    return `with ${Object.keys(installed.optionalDependencies)}`;
  });
}

async function lint(pkg) {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const file = readFileSync(pkg.tarball);
  const tarball = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const { messages, pkg: manifest } = await publint({ pack: { tarball } });
  if (messages.length > 0) throw new Error(messages.map((m) => formatMessage(m, manifest)).join('\n'));
}

/** The bytes of a bundle, gzipped. @throws Error if they are more than `limit` */
function checkSize(name, limit) {
  const files = readdirSync(join(project, name), { recursive: true, withFileTypes: true });
  const code = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name)));
  const size = gzipSync(Buffer.concat(code), { level: 9 }).length;
  const summary = `${(size / 1000).toFixed(1)} kB gzipped of at most ${limit / 1000} kB`;
  if (size > limit) throw new Error(summary);
  return summary;
}

/** Bundles NAME.js of the project into NAME/NAME.js with Vite: minified, with its exports. */
async function bundle(name) {
  const { build } = await import('vite');
  await build({
    root: project,
    configFile: false,
    logLevel: 'warn',
    base: './',
    build: {
      outDir: name,
      target: 'es2022',
      // The preloader needs a document, but the same bundle must run in Node.
      modulePreload: false,
      rolldownOptions: {
        input: join(project, `${name}.js`),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: `${name}.js` },
      },
    },
  });
}
