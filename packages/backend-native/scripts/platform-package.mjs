/*
 * Makes the package of this platform's addon, which a release publishes: `@recurra/backend-native-linux-x64-gnu` and the like.
 *
 *   node scripts/platform-package.mjs FOLDER   after the build: makes FOLDER/NAME, and prints its path
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { platformName } from '../dist/platform.js';

const [out] = process.argv.slice(2);
const folder = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const addon = `recurra-${process.platform}-${process.arch}.node`;
const built = join(folder, 'build', addon);
if (!out) fail('usage: platform-package.mjs FOLDER');
if (!existsSync(built)) fail(`${built} is missing: run scripts/build-addon.mjs first`);

const platform = platformName();
const [, , libc] = platform.split('-');
const { version, license, repository, engines } = manifest;
const name = `${manifest.name}-${platform}`;
const target = join(out, `backend-native-${platform}`);
const description = `The compiled addon of ${manifest.name} for ${platform}.`;
mkdirSync(target, { recursive: true });
copyFileSync(built, join(target, addon));
write('package.json', {
  ...{ name, version, description, license, repository, type: 'commonjs', main: addon, files: [addon] },
  ...{
    os: [process.platform],
    cpu: [process.arch],
    ...(libc && { libc: [libc === 'gnu' ? 'glibc' : libc] }),
  },
  engines,
});
write('README.md', `# ${name}\n\n${description} Install that package, which depends on this one.\n`);
console.log(target);

function write(file, content) {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  writeFileSync(join(target, file), text);
}

function fail(message) {
  console.error(`platform-package: ${message}`);
  process.exit(1);
}
