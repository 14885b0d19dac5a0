// `npx pnpm release`: builds, and publishes every package whose version is not on npm yet. The packages of the native backend's
// addons come first, because `@recurra/backend-native` depends on them. CONTRIBUTING.md has the steps before.

import { platformPackages, platformsFolder, withPlatforms } from './platforms.mjs';
import { capture, run, setUp, top } from './setup.mjs';

if (!(await setUp())) process.exit(1);
const packages = platformPackages();
if (packages.length === 0) {
  console.error(
    `${platformsFolder} has no package of an addon: run npx pnpm platform-package on each platform first`,
  );
  process.exit(1);
}
process.exitCode = await withPlatforms(packages, publish);

/** @returns the exit code */
async function publish() {
  for (const { folder, name, version } of packages) {
    const { code } = await capture('npm', ['view', `${name}@${version}`, 'version', '--json']);
    if (code === 0) continue;
    const failed = await run('npm', ['publish', '--access', 'public'], { cwd: folder });
    if (failed) return failed;
  }
  return run('changeset', ['publish'], { cwd: top });
}
