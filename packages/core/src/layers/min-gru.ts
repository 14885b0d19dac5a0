import { minGruCell } from '../cells/scan-cell.js';
import type { OutputOf, RecurrentLayer } from './recurrent.js';
import { type ResolvedScanLayerOptions, type ScanLayerOptions, scanLayer } from './scan-layer.js';

/**
 * Minimal gated recurrent unit (Feng et al. 2024, arXiv 2410.01201): the gate and the candidate depend only on the input, so
 * all of them are computed at once, and a scan computes the states. State: h [batch, units].
 * @throws OptionError for an unknown option or an invalid value
 */
export function minGru<const Sequences extends boolean = false>(
  options: ScanLayerOptions<Sequences>,
): RecurrentLayer<'minGru', ResolvedScanLayerOptions, OutputOf<Sequences>> {
  return scanLayer('minGru', options, minGruCell);
}
