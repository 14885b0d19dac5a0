import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { describeBackend } from '../src/vitest.js';

describeBackend({ name: 'reference', create: reference });
describeBackend({ name: 'cpu', create: cpu });
