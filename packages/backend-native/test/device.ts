import { DeviceError } from '@recurra/core';
import { type Native, openDevice } from '../src/addon.js';

/** A device of the addon, or the reason why there is none, so that tests are skipped. In CI there must be one. */
export const { device, missing } = openOrReason();

function openOrReason(): { device?: Native; missing?: string } {
  try {
    return { device: openDevice('auto') };
  } catch (error) {
    if (!(error instanceof DeviceError) || process.env.CI) throw error;
    return { missing: error.message };
  }
}
