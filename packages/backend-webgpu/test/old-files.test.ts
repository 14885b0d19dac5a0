/* Model files and checkpoints of an earlier release: they load, predict and go on training on WebGPU. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { near, oldFiles } from '../../core/test/old-files/read.js';
import { runOldFiles } from '../../core/test/old-files/run.js';
import { missing, open, titled } from './support.js';

describe.skipIf(missing)(titled('files of an earlier release'), () => {
  test.each(oldFiles)('$name', async ({ name, files, expected }) => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    expect(await runOldFiles(backend, name, files)).toEqual(near(expected));
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });
});
