// Runs the conformance suite on the native backend with AddressSanitizer and UndefinedBehaviorSanitizer, and parts of it on the
// instruction sets that no column of the scoreboard has.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { check, close, skip } from './checks.mjs';
import { cli, setUp, top } from './setup.mjs';
import { command } from './tarballs.mjs';

if (!(await setUp())) process.exit(1);
const build = join(top, 'packages/backend-native/scripts/build-addon.mjs');
const out = join(top, 'node_modules/.cache/native-sanitizers');
const library = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.trim();
// Node frees nothing when it ends, so that a search for leaks would report it.
const environment = {
  ...process.env,
  LD_PRELOAD: library,
  ASAN_OPTIONS: 'detect_leaks=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  RECURRA_NATIVE_ADDON: join(out, `recurra-${process.platform}-${process.arch}.node`),
};
const flags = '-O1 -fsanitize=address,undefined -fno-sanitize-recover=all';

if (process.platform !== 'linux' || process.arch !== 'x64' || !library) {
  const missing = 'it needs g++ on Linux, on x64';
  if (process.env.CI) await check('sanitizers', () => Promise.reject(new Error(missing)));
  else skip('sanitizers', missing);
} else if (await check('the addon compiles with sanitizers', compile)) {
  const parts = [
    ['avx2', '--runs', '5'],
    ['wide', '--only', 'goldens'],
    ['wide', '--only', 'operations'],
  ];
  // In parallel, to save time.
  await Promise.all(
    parts.map(([set, ...options]) =>
      check(`${set}: conformance ${options.join(' ')}`, () => suite(set, options)),
    ),
  );
}
await check('portable: conformance --only operations, without sanitizers', () =>
  suite('portable', ['--only', 'operations'], process.env),
);
close();

async function compile() {
  await command(process.execPath, [build, '--out', out, '--sets', 'avx2,wide', `--flags=${flags}`]);
}

/** Runs the suite in a process of its own, which a sanitizer ends. @returns its totals */
async function suite(set, options, variables = environment) {
  const env = { ...variables, RECURRA_NATIVE_INSTRUCTIONS: set };
  const output = await command(process.execPath, [cli, 'conformance', '--backend', 'native', ...options], {
    env,
  });
  return output.trim().split('\n').at(-1);
}
