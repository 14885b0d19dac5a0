/* Recurra in native code, in Node. */
import { native } from '@recurra/backend-native';
import manifest from '@recurra/backend-native/package.json' with { type: 'json' };
import type { System } from '../system.js';
import { openedOn } from './recurra.js';

export const recurraNative: System = {
  async open(threads) {
    return openedOn(await native({ threads }), { version: manifest.version });
  },
};
