/* Files of an earlier release, on WebGL: called in a page of Chromium. */
import { gpujs } from '@recurra/backend-gpujs';
import { type OldFiles, runOldFiles } from '../../core/test/old-files/run.js';

export async function oldFiles(mode: 'webgl2' | 'webgl1', name: string, files: OldFiles) {
  const backend = await gpujs({ mode });
  const result = await runOldFiles(backend, name, files);
  const left = backend.memory();
  backend.dispose();
  return { result, left };
}
