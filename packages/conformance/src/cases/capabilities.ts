/*
 * A capability that a backend declares as lacking must really be missing. This case comes last because it
 * reads the other cases' results.
 */
import type { Capability } from '@recurra/core/backend';
import { Failure } from '../failure.js';
import type { Case } from '../suite.js';

export const capabilities: Case[] = [
  {
    group: 'capabilities',
    name: 'what the backend declares to lack, with a reason, does not work',
    async run({ backend: { lacks = {} }, missed }) {
      for (const [capability, reason] of Object.entries(lacks)) {
        if (!reason) throw new Failure(`declares that it lacks ${capability}, but gives no reason`);
        if (missed.get(capability as Capability) !== false) continue;
        throw new Failure(
          `declares that it lacks ${capability} ("${reason}"), but every case that needs it passed`,
        );
      }
    },
  },
];
