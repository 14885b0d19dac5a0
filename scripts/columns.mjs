// The columns of the scoreboard: where each backend runs, and with which options. Import it after the build.
import { join } from 'node:path';
import { knownBackends } from '../apps/cli/dist/known-backends.js';
import { dropNaN, gpuFlags, runInChromium } from '../packages/conformance/dist/chromium.js';
import { runConformance } from '../packages/conformance/dist/index.js';
import { top } from './setup.mjs';

/**
 * Every column: `{ backend, runtime, run, device }`, where `run(onResult)` resolves to the report, and `device` matches the
 * device that the report must name, if that matters. A backend without an entry in `variants` has one column: in Chromium if
 * it needs WebGL, else in Node.
 * @param gpu the kind of GPU for backends that need one: `hardware`, `software`, or undefined for any
 */
export function columnsFor(gpu) {
  const variants = {
    cpu: [
      inNode({ options: { simd: 'simd128', threads: 1 }, device: /SIMD128, 1 thread$/ }),
      inNode({ options: { simd: 'simd128', threads: 2, share: 'always' }, device: /SIMD128, 2 threads$/ }),
      inPage({ options: { simd: 'relaxed', threads: 1 }, device: /relaxed SIMD, 1 thread$/ }),
      inPage({
        options: { simd: 'relaxed', threads: 2, share: 'always' },
        device: /relaxed SIMD, 2 threads$/,
      }),
    ],
    native: [
      inNode({ options: { threads: 1 }, device: /, 1 thread$/ }),
      inNode({ options: { threads: 2, share: 'always' }, device: /, 2 threads$/ }),
    ],
    webgpu: [
      inNode({ options: { allowSoftware: gpu !== 'hardware' } }),
      // Chromium's software adapter drops NaN even without this, so one column is enough.
      droppingNaN(inPage({ options: { allowSoftware: gpu !== 'hardware' } })),
    ],
    // WebGL1 and WebGL2 have the same shaders in two dialects, so it is enough to drop NaN in one of them.
    gpujs: [
      inPage({ options: { mode: 'webgl2' }, mode: 'webgl2' }),
      droppingNaN(inPage({ options: { mode: 'webgl1' }, mode: 'webgl1' })),
      headlessGl,
    ],
  };
  return Object.entries(knownBackends).flatMap(([name, backend]) => {
    const all = variants[name] ?? [backend.gpu === 'webgl' ? inPage() : inNode()];
    return all.map((variant) => {
      const { runtime, run, device } = variant({ name, ...backend });
      return { backend: name, runtime, run, device };
    });
  });

  function inNode({ options, device } = {}) {
    return (backend) => ({
      runtime: 'Node',
      device,
      run: (onResult) =>
        runConformance({
          name: backend.name,
          ...(backend.gpu && { gpu }),
          create: async () => (await createFunction(backend))(options),
          onResult,
        }),
    });
  }

  function inPage({ options, device, mode } = {}) {
    return (backend) => ({
      runtime: mode ? `Chromium, ${mode}` : 'Chromium',
      device,
      run: (onResult, initScript) =>
        runInChromium({
          name: backend.name,
          ...(backend.gpu && { gpu }),
          module: moduleOf(backend),
          exportName: backend.exportName,
          backendOptions: options,
          launchFlags: gpuFlags(backend.gpu, gpu),
          initScript,
          onResult,
        }),
    });
  }

  /** Shaders drop NaN in min and max, as on the drivers of real GPUs. */
  function droppingNaN(variant) {
    return (backend) => {
      const { runtime, run, device } = variant(backend);
      const named = (text) => `${text}, max and min drop NaN`;
      return {
        runtime: named(runtime),
        device,
        run: async (onResult) => {
          const report = await run(onResult, dropNaN);
          return { ...report, runtime: named(report.runtime) };
        },
      };
    };
  }

  /** Node with the package `gl`, which is compiled on installation, so even CI may skip this column. */
  function headlessGl(backend) {
    return {
      runtime: 'Node, headless-gl',
      run: (onResult) =>
        runConformance({
          name: backend.name,
          create: async () => {
            const create = await createFunction(backend);
            return create({ mode: 'headless-gl' }).catch((error) => {
              throw error.name === 'DeviceError' ? Object.assign(error, { skip: true }) : error;
            });
          },
          onResult,
        }),
    };
  }
}

/** The built module of a backend in this repository. */
function moduleOf(backend) {
  return join(top, backend.package.replace('@recurra/', 'packages/'), 'dist/index.js');
}

async function createFunction(backend) {
  return (await import(moduleOf(backend)))[backend.exportName];
}
