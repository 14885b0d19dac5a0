import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Plain loops take long for the largest cases.
    testTimeout: 60_000,
    // With -t, list only the selected group.
    hideSkippedTests: true,
  },
});
