/* Measures one layer on every backend, off the page's thread. */
import { cpu } from '@recurra/backend-cpu';
import type { BackendMaker } from '@recurra/core';
import { measureBackends } from '@recurra/core/measure';
import type { DoctorMessage, Shape } from '../doctor-protocol.js';

/** GPU backends are loaded when they are measured. Software adapters are measured too, and named as such. */
const makers: Readonly<Record<string, BackendMaker>> = {
  CPU: () => cpu(),
  // Several threads need shared memory, which a page has only if its server sends the headers for it.
  ...(crossOriginIsolated && { 'CPU, 1 thread': () => cpu({ threads: 1 }) }),
  WebGL: async () => (await import('@recurra/backend-gpujs')).gpujs(),
  WebGPU: async () => (await import('@recurra/backend-webgpu')).webgpu({ allowSoftware: true }),
};

const send = (message: DoctorMessage) => postMessage(message);

addEventListener('message', async ({ data: shape }: MessageEvent<Shape>) => {
  const labels = Object.keys(makers);
  try {
    const { measured, best, reason } = await measureBackends(Object.values(makers), {
      ...shape,
      onProgress: ({ share, backend, doing }) => send({ kind: 'progress', share, backend, doing }),
    });
    send({
      kind: 'finished',
      recommended: best && labels[measured.indexOf(best)],
      reason,
      measured: measured.map(({ error, kernels, device, software, medianMs, spread }, i) => ({
        ...{ label: labels[i], device, software, medianMs, spread },
        composed: kernels.find(({ implementation }) => implementation === 'composed')?.reason,
        error: error?.message,
      })),
    });
  } catch (error) {
    send({ kind: 'failed', reason: (error as Error).message });
  }
});
