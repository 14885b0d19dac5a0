/* The list of Recurra's backends. It holds data only, so that the command and the scripts of the repository can share it. */

export interface KnownBackend {
  /** The npm package. It is imported only when the backend is used. */
  readonly package: string;
  /** The async function of the package that creates the backend. */
  readonly exportName: string;
  /** The GPU API that it uses. Absent for backends that compute on the CPU. */
  readonly gpu?: 'webgl' | 'webgpu';
  /** True if it is compiled for each platform, so that it may be missing on this one. */
  readonly compiled?: true;
  /** True if it has the option `threads`. */
  readonly threads?: true;
}

export const knownBackends: Readonly<Record<string, KnownBackend>> = {
  reference: { package: '@recurra/backend-reference', exportName: 'reference' },
  cpu: { package: '@recurra/backend-cpu', exportName: 'cpu', threads: true },
  native: { package: '@recurra/backend-native', exportName: 'native', compiled: true, threads: true },
  webgpu: { package: '@recurra/backend-webgpu', exportName: 'webgpu', gpu: 'webgpu' },
  gpujs: { package: '@recurra/backend-gpujs', exportName: 'gpujs', gpu: 'webgl' },
};
