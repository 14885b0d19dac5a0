import { minLstmCell } from '../cells/scan-cell.js';
import type { OutputOf, RecurrentLayer } from './recurrent.js';
import { type ResolvedScanLayerOptions, type ScanLayerOptions, scanLayer } from './scan-layer.js';

/**
 * Minimal LSTM (Feng et al. 2024, arXiv 2410.01201): the forget and input gates are divided by their sum, and depend, as the
 * candidate does, only on the input; a scan computes the states. State: h [batch, units].
 * @throws OptionError for an unknown option or an invalid value
 */
export function minLstm<const Sequences extends boolean = false>(
  options: ScanLayerOptions<Sequences>,
): RecurrentLayer<'minLstm', ResolvedScanLayerOptions, OutputOf<Sequences>> {
  return scanLayer('minLstm', options, minLstmCell);
}
