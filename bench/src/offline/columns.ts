/* Where the offline bundle runs the conformance suite. */

interface Column {
  readonly title: string;
  /** The page of Chromium that runs it. Default: it runs in Node. */
  readonly page?: { readonly module: string; readonly exportName: string; readonly gpu: 'webgl' | 'webgpu' };
}

export const suiteColumns: Readonly<Record<SuiteColumn, Column>> = {
  'webgpu-node': { title: 'suite on WebGPU in Node' },
  'webgpu-chromium': {
    title: 'suite on WebGPU in Chromium',
    page: { module: '@recurra/backend-webgpu', exportName: 'webgpu', gpu: 'webgpu' },
  },
  'webgl-chromium': {
    title: 'suite on WebGL2 (gpujs) in Chromium',
    page: { module: '@recurra/backend-gpujs', exportName: 'gpujs', gpu: 'webgl' },
  },
};

export type SuiteColumn = 'webgpu-node' | 'webgpu-chromium' | 'webgl-chromium';
