/*
 * Makes the package of this platform's addon, which a release publishes: `@recurra/backend-native-linux-x64-gnu` and the like.
 *
 *   node scripts/platform-package.mjs FOLDER   after the build: makes FOLDER/NAME, and prints its path
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { platformName } from '../dist/platform.js';

const [task, out] = process.argv.slice(2);
const folder = fileURLToPath(new URL('..', import.meta.url));
const manifestFile = join(folder, 'package.json');
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

if (task === 'make' && out) make();
else if (task === 'depend' && out) depend();
else fail('usage: platform-package.mjs make|depend FOLDER');

function make() {
  const addon = `recurra-${process.platform}-${process.arch}.node`;
  const built = join(folder, 'build', addon);
  if (!existsSync(built)) fail(`${built} is missing: run scripts/build-addon.mjs first`);
  const platform = platformName();
  const [, , libc] = platform.split('-');
  const { version, license, repository, engines } = manifest;
  const name = `${manifest.name}-${platform}`;
  const target = join(out, `backend-native-${platform}`);
  mkdirSync(target, { recursive: true });
  copyFileSync(built, join(target, addon));
  write(join(target, 'package.json'), {
    ...{ name, version, description: `The compiled addon of ${manifest.name} for ${platform}.`, license },
    ...{ repository, main: addon, files: [addon], os: [process.platform], cpu: [process.arch] },
    ...(libc && { libc: [libc === 'gnu' ? 'glibc' : libc] }),
    engines,
  });
  writeFileSync(
    join(target, 'README.md'),
    `# ${name}\n\nThe compiled addon of \`${manifest.name}\` for ${platform}. Install that package, which depends on this one.\n`,
  );
  console.log(target);
}

function write(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function fail(message) {
  console.error(`platform-package: ${message}`);
  process.exit(1);
}
