import { lines } from '../text.js';
import { type ScanCode, type ScanOptions, scanStart } from './scan.js';
import { registerScan } from './scan-register.js';
import { tiledScan } from './scan-tiled.js';

/** WGSL of a scan. */
export function scanKernel(options: ScanOptions, code: ScanCode): string {
  const { form, vectorSize } = options;
  const { phase, tiled } = code;
  return lines(
    scanStart(options, code),
    form.kind === 'tiled' ? tiledScan(form, tiled(phase), phase) : registerScan(form, vectorSize, code),
  );
}
