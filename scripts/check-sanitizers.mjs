// Runs the conformance suite on the native backend with AddressSanitizer and UndefinedBehaviorSanitizer, on the widest instruction set of
// this machine, and parts of it on the sets that no column of the scoreboard has.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, close, skip } from './checks.mjs';
import { inParts } from './native-parts.mjs';
import { setUp, top } from './setup.mjs';
import { command } from './tarballs.mjs';

if (!(await setUp())) process.exit(1);
const out = join(top, 'node_modules/.cache/native-sanitizers');
const library = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.trim();
const processor = process.platform === 'linux' ? readFileSync('/proc/cpuinfo', 'utf8') : '';
const hasAvx512 = ['f', 'vl', 'dq', 'bw'].every((part) => processor.includes(` avx512${part}`));
/** What runs with sanitizers: a title, the set, and the options of native-part.mjs. The set `wide` stands in for AVX-512. */
const runs = hasAvx512
  ? [
      ['AVX-512', 'avx512', '--runs', '1'],
      ['AVX2', 'avx2', '--only', 'goldens'],
    ]
  : [
      ['AVX2', 'avx2', '--runs', '1'],
      ['the width of AVX-512', 'wide', '--only', 'goldens'],
    ];
const flags = '-O1 -fsanitize=address,undefined -fno-sanitize-recover=all';

if (process.platform !== 'linux' || process.arch !== 'x64' || !library) {
  const missing = 'they need g++ on Linux, on x64: apt-get install g++';
  if (process.env.CI) await check('sanitizers', () => Promise.reject(new Error(missing)));
  else skip('the native backend with sanitizers, and on SSE2', missing);
} else {
  if (await check('the addon compiles with sanitizers', compile)) {
    const sanitized = {
      ...process.env,
      LD_PRELOAD: library,
      // Node frees nothing when it ends, so that a search for leaks would report it. Few frames: Node itself allocates a lot.
      ASAN_OPTIONS: 'detect_leaks=0:malloc_context_size=5',
      UBSAN_OPTIONS: 'print_stacktrace=1',
      RECURRA_NATIVE_ADDON: join(out, `recurra-${process.platform}-${process.arch}.node`),
    };
    for (const [title, set, ...options] of runs) {
      const env = { ...sanitized, RECURRA_NATIVE_INSTRUCTIONS: set };
      await inParts(`${title}, with sanitizers`, [process.execPath], options, env);
    }
  }
  await inParts('SSE2', [process.execPath], ['--only', 'operations'], {
    ...process.env,
    RECURRA_NATIVE_INSTRUCTIONS: 'portable',
  });
}
close();

async function compile() {
  const build = join(top, 'packages/backend-native/scripts/build-addon.mjs');
  await command(process.execPath, [
    build,
    '--out',
    out,
    '--sets',
    runs.map(([, set]) => set).join(),
    `--flags=${flags}`,
  ]);
}
