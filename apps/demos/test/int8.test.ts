/* The networks of four pages, with int8 weights: the size of the file and the held-out score. */
import { cpu } from '@recurra/backend-cpu';
import { expect, test } from 'vitest';
import forecast from '../pages/forecast/task.js';
import sentiment from '../pages/sentiment/task.js';
import tagging from '../pages/tagging/task.js';
import text from '../pages/text/task.js';
import { measureInt8 } from '../src/node/int8.js';
import type { Task } from '../src/task.js';

const tasks = { forecast, sentiment, tagging, text } as unknown as Record<string, Task>;

test.each(Object.keys(tasks))(
  '%s: a third of the size at most, and the score changes by less than 0.5 %%',
  async (page) => {
    const backend = await cpu();
    try {
      const folder = new URL(`../pages/${page}/`, import.meta.url);
      const { float32, int8 } = await measureInt8(tasks[page], folder, backend);
      expect(int8.bytes / float32.bytes).toBeLessThan(0.33);
      expect(Math.abs(int8.score / float32.score - 1)).toBeLessThan(0.005);
      expect(backend.memory().tensors).toBe(0);
    } finally {
      backend.dispose();
    }
  },
);
