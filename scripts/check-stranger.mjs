// Checks the way of someone who writes a backend elsewhere. Outside the workspace, from the packed packages alone:
// `recurra new-backend` lays a package down, it fails as it should, it is filled in, and it passes by each of the suite's doors.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check, close } from './checks.mjs';
import { capture, setUp } from './setup.mjs';
import { command, pack, published, strangeFolder } from './tarballs.mjs';
import { closing, totalsOf } from './totals.mjs';

if (!(await setUp())) process.exit(1);
const name = 'recurra-backend-stranger';
const project = strangeFolder('stranger');
const folder = join(project, name);
const inProject = { cwd: project };
const inPackage = { cwd: folder };

await check('the packages install into an empty project', async () => {
  // What the README says to install, and no backend for a GPU.
  const packages = needed(['@recurra/cli', '@recurra/conformance'], published(project));
  for (const pkg of packages) await pack(pkg);
  // The package to come is a member, so that its own package.json says what else is installed.
  const manifest = { private: true, type: 'module', workspaces: [name] };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  await install(...packages.map((pkg) => pkg.tarball));
});
await check('a backend that is not installed is told, with its package', async () => {
  const args = ['train', '--data', 'energy', '--backend', 'webgpu'];
  const { code, output } = await capture('node_modules/.bin/recurra', args, inProject);
  if (code !== 2 || !output.includes('npm install @recurra/backend-webgpu')) throw new Error(output);
});
await check('new-backend lays a package down, and what it depends on installs', async () => {
  await command('node_modules/.bin/recurra', ['new-backend', 'stranger'], inProject);
  await install();
});
await check('as laid down, its types are right and it builds', buildPackage);
await check('as laid down, it fails, and each failure names the operation that is missing', async () => {
  const args = ['run', 'conformance', '--', '--json', 'report.json'];
  const { output } = await capture('npm', args, inPackage);
  const { results } = report('report.json', output);
  const failed = results.filter(({ status }) => status === 'failed');
  const silent = failed.filter(({ reason }) => !/ \w+ is missing; it was called with /.test(reason));
  const passed = results.filter(({ status }) => status === 'passed').length;
  if (failed.length === 0 || passed === 0) throw new Error(output);
  if (silent.length > 0)
    throw new Error(silent.map((result) => `${result.name}: ${result.reason}`).join('\n'));
  return `${failed.length} failures`;
});

// The reference computes; the package, its build and its name are its own. It imports what only Node has.
rmSync(join(folder, 'src'), { recursive: true });
rmSync(join(folder, 'dist'), { recursive: true, force: true });
write(
  'src/index.ts',
  `import { arch } from 'node:os';
  import { reference } from '@recurra/backend-reference';
  import type { Backend } from '@recurra/core';

  export async function stranger(): Promise<Backend> {
    return { ...(await reference()), name: 'stranger', device: arch() };
  }

  export default stranger;
  `,
);
await check('filled in, its types are right and it builds', buildPackage);

await check('doctor examines it', async () => {
  const args = ['@recurra/cli', 'doctor', '--backend', './dist/index.js'];
  const output = await command('npx', args, inPackage);
  if (!/runs on +\w+\n(.*\n)+ +numbers +right/.test(output)) throw new Error(output);
});

const doors = {
  'describeBackend, in vitest': byVitest,
  'the function runConformance': byFunction,
  'the command recurra conformance': byCommand,
};
const seen = new Set();
// Side by side, for the time they take.
await Promise.all(
  Object.entries(doors).map(([door, enter]) =>
    check(`it passes by ${door}`, async () => {
      const { output, ...totals } = await enter();
      if (totals.failed > 0) throw new Error(output);
      seen.add(closing(totals));
      return closing(totals);
    }),
  ),
);
await check('the same cases are behind each door', () => {
  if (seen.size !== 1) throw new Error([...seen].join('; '));
});
close();

/** Packages and what they depend on of ours. */
function needed(names, packages) {
  const own = packages.filter(({ name }) => names.includes(name));
  const below = own.flatMap(({ dependencies = {} }) => needed(Object.keys(dependencies), packages));
  return [...new Set([...own, ...below])];
}

async function install(...tarballs) {
  await command('npm', ['install', '--no-audit', '--no-fund', ...tarballs], inProject);
}

async function buildPackage() {
  await command('npm', ['run', 'types'], inPackage);
  await command('npm', ['run', 'build'], inPackage);
}

async function byVitest() {
  const args = ['test', '--', '--reporter=default', '--reporter=json', '--outputFile.json=vitest.json'];
  const { code, output } = await capture('npm', args, inPackage);
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
  } = report('vitest.json', output);
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped, output };
}

async function byFunction() {
  write(
    'prove.js',
    `import { runConformance } from '@recurra/conformance';
    import { stranger } from '${name}';

    const report = await runConformance({ name: 'stranger', create: stranger });
    for (const { status, name, reason } of report.results) if (status === 'failed') console.log(name, reason);
    console.log(\`\${report.passed} passed, \${report.failed} failed, \${report.skipped} skipped\`);
    `,
  );
  return suite(process.execPath, ['prove.js']);
}

function byCommand() {
  return suite('npx', ['@recurra/cli', 'conformance', '--backend', './dist/index.js']);
}

async function suite(program, args) {
  const result = await capture(program, args, inPackage);
  return { ...totalsOf(result), output: result.output };
}

/** What a command has written, or the error that is in its output. */
function report(file, output) {
  if (!existsSync(join(folder, file))) throw new Error(output);
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

function write(path, text) {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
