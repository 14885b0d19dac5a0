/* What a backend declares to lack, it lacks. Comes last: it looks at how the other cases went. */
import type { Capability } from '@recurra/core/backend';
import { Failure } from '../failure.js';
import type { Case } from '../suite.js';

export const capabilities: Case[] = [
  {
    group: 'capabilities',
    name: 'what the backend declares to lack, with a reason, does not work',
    async run({ backend: { lacks = {} }, missed }) {
      for (const [capability, reason] of Object.entries(lacks)) {
        if (!reason) throw new Failure(`declares no reason for its lack of ${capability}`);
        if (missed.get(capability as Capability) !== false) continue;
        throw new Failure(
          `declares a lack of ${capability} ("${reason}"), but every case that needs it passed`,
        );
      }
    },
  },
];
