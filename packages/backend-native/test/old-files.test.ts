/* Model files and checkpoints of an earlier release: they load, predict and go on training in native code. */
import { describe, expect, test } from 'vitest';
import { near, oldFiles } from '../../core/test/old-files/read.js';
import { runOldFiles } from '../../core/test/old-files/run.js';
import { native } from '../src/index.js';
import { device, missing } from './device.js';

describe.runIf(device)(`files of an earlier release${missing ? `: ${missing}` : ''}`, () => {
  test.each(oldFiles)('$name', async ({ name, files, expected }) => {
    const backend = await native();
    expect(await runOldFiles(backend, name, files)).toEqual(near(expected));
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
    backend.dispose();
  });
});
