/*
 * Tests the required operations as plain JavaScript. In Chromium and on headless-gl, `npx pnpm conformance`
 * runs the whole suite.
 */
import { describeBackend } from '@recurra/conformance/vitest';
import { gpujs } from '../src/index.js';

describeBackend({ name: "gpujs, mode 'cpu'", create: () => gpujs({ mode: 'cpu' }), only: 'operations/' });
