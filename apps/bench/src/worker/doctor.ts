/* Measures one layer on every backend, away from the page's thread. */
import { cpu } from '@recurra/backend-cpu';
import { type BackendMaker, measureBackends } from '@recurra/core';
import type { DoctorTold, Shape } from '../doctor-protocol.js';

/** GPU backends are loaded when they are measured. A software adapter is measured too, and called one. */
const makers: Readonly<Record<string, BackendMaker>> = {
  CPU: () => cpu(),
  // More threads need shared memory, which a page has only by its server's headers.
  ...(crossOriginIsolated && { 'CPU, all threads': () => cpu({ threads: 'auto' }) }),
  WebGL: async () => (await import('@recurra/backend-gpujs')).gpujs(),
  WebGPU: async () => (await import('@recurra/backend-webgpu')).webgpu({ allowSoftware: true }),
};

const tell = (told: DoctorTold) => postMessage(told);

addEventListener('message', async ({ data: shape }: MessageEvent<Shape>) => {
  const labels = Object.keys(makers);
  try {
    const { measured, best, reason } = await measureBackends(Object.values(makers), {
      ...shape,
      onProgress: ({ share, backend, doing }) => tell({ kind: 'progress', share, backend, doing }),
    });
    tell({
      kind: 'finished',
      recommended: best && labels[measured.indexOf(best)],
      reason,
      measured: measured.map(({ error, kernels, device, software, medianMs, spread }, i) => ({
        ...{ label: labels[i], device, software, medianMs, spread },
        composed: kernels.find(({ way }) => way === 'composed')?.reason,
        error: error?.message,
      })),
    });
  } catch (error) {
    tell({ kind: 'failed', reason: (error as Error).message });
  }
});
