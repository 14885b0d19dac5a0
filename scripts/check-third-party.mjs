// Checks the steps of a third party who writes a backend. Outside the repository, with the packed packages only:
// `recurra new-backend` creates a package, which fails as expected, is filled in, and passes with each way to run the suite.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check, close } from './checks.mjs';
import { capture, setUp } from './setup.mjs';
import { command, outsideFolder, pack, published } from './tarballs.mjs';
import { closing, totalsOf } from './totals.mjs';

if (!(await setUp())) process.exit(1);
const name = 'recurra-backend-third-party';
const project = outsideFolder('third-party');
const folder = join(project, name);
const inProject = { cwd: project };
const inPackage = { cwd: folder };

await check('the packages install into an empty project', async () => {
  // As in the README, without the GPU backends.
  const packages = needed(['@recurra/cli', '@recurra/conformance'], published(project));
  for (const pkg of packages) await pack(pkg);
  // The new package will be a workspace member, so that `npm install` also installs its dependencies.
  const manifest = { private: true, type: 'module', workspaces: [name] };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  await install(...packages.map((pkg) => pkg.tarball));
});
await check('the error for a backend that is not installed names its package', async () => {
  const args = ['train', '--data', 'energy', '--backend', 'webgpu'];
  const { code, output } = await capture('node_modules/.bin/recurra', args, inProject);
  if (code !== 2 || !output.includes('npm install @recurra/backend-webgpu')) throw new Error(output);
});
await check('new-backend creates a package, and its dependencies install', async () => {
  await command('node_modules/.bin/recurra', ['new-backend', 'third-party'], inProject);
  await install();
});
await check('as created, it type-checks and builds', buildPackage);
await check('as created, it fails, and each failure names the missing operation', async () => {
  const args = ['run', 'conformance', '--', '--json', 'report.json'];
  const { output } = await capture('npm', args, inPackage);
  const { results } = report('report.json', output);
  const failed = results.filter(({ status }) => status === 'failed');
  const unclear = failed.filter(({ reason }) => !/ \w+ is missing; it was called with /.test(reason));
  const passed = results.filter(({ status }) => status === 'passed').length;
  if (failed.length === 0 || passed === 0) throw new Error(output);
  if (unclear.length > 0)
    throw new Error(unclear.map((result) => `${result.name}: ${result.reason}`).join('\n'));
  return `${failed.length} failures`;
});

// The operations and kernels of the CPU backend, in a package with its own name and build. It imports a module of Node.
rmSync(join(folder, 'src'), { recursive: true });
rmSync(join(folder, 'dist'), { recursive: true, force: true });
write(
  'src/index.ts',
  `import { arch } from 'node:os';
  import { cpu } from '@recurra/backend-cpu';
  import type { Backend } from '@recurra/core';

  export async function thirdParty(): Promise<Backend> {
    return { ...(await cpu({ threads: 1 })), name: 'third-party', device: arch() };
  }

  export default thirdParty;
  `,
);
await check('filled in, it type-checks and builds', buildPackage);

await check('doctor examines it', async () => {
  const args = ['@recurra/cli', 'doctor', '--backend', './dist/index.js'];
  const output = await command('npx', args, inPackage);
  if (!/runs on +\w+\n(.*\n)+ +numbers +right/.test(output)) throw new Error(output);
});

const runners = {
  'describeBackend, in vitest': byVitest,
  'the function runConformance': byFunction,
  'the command recurra conformance': byCommand,
};
const results = new Set();
// In parallel, to save time.
await Promise.all(
  Object.entries(runners).map(([runner, run]) =>
    check(`it passes with ${runner}`, async () => {
      const { output, ...totals } = await run();
      if (totals.failed > 0) throw new Error(output);
      results.add(closing(totals));
      return closing(totals);
    }),
  ),
);
await check('each runner runs the same cases', () => {
  if (results.size !== 1) throw new Error([...results].join('; '));
});
close();

/** The named packages and their dependencies among the packages of this repository. */
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
    'run.js',
    `import { runConformance } from '@recurra/conformance';
    import { thirdParty } from '${name}';

    const report = await runConformance({ name: 'third-party', create: thirdParty });
    for (const { status, name, reason } of report.results) if (status === 'failed') console.log(name, reason);
    console.log(\`\${report.passed} passed, \${report.failed} failed, \${report.skipped} skipped\`);
    `,
  );
  return suite(process.execPath, ['run.js']);
}

function byCommand() {
  return suite('npx', ['@recurra/cli', 'conformance', '--backend', './dist/index.js']);
}

async function suite(program, args) {
  const result = await capture(program, args, inPackage);
  return { ...totalsOf(result), output: result.output };
}

/** The JSON report that a command wrote. @throws Error with the command's output if there is none */
function report(file, output) {
  if (!existsSync(join(folder, file))) throw new Error(output);
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

function write(path, text) {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
