import { describeBackend } from '@recurra/conformance/vitest';
import { __factory__ } from '../src/index.js';

describeBackend({ name: '__name__', create: __factory__ });
