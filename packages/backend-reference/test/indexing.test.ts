import { reference } from '@recurra/backend-reference';
import { DataError } from '@recurra/core';
import { expect, test } from 'vitest';

// The contract does not specify this, so the conformance suite does not test it.
test.each([Number.NaN, -1, 3, 0.5])('index %d of three rows is rejected', async (index) => {
  const backend = await reference();
  const indices = backend.upload([0, index], [2]);
  const rows = backend.fill([3, 2], 1);
  expect(() => backend.gather(rows, indices)).toThrow(DataError);
  expect(() => backend.scatterAdd(indices, backend.fill([2, 2], 1), 3)).toThrow(
    /of 3 rows must be .* 0 to 2/,
  );
});
