import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Plain loops take their time over the largest cases.
    testTimeout: 60_000,
    // With -t, the group that was asked for and nothing else.
    hideSkippedTests: true,
  },
});
