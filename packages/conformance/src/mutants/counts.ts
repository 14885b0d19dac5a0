/* Backends that count or free tensors wrongly, and backends of one kind that share state. */
import type { Backend } from '@recurra/core';
import type { MemoryUse } from '@recurra/core/backend';
import { type Mutant, mutant } from './mutant.js';

const memory = (
  name: string,
  what: string,
  change: (right: Backend) => Partial<Backend>,
  first = 'memory',
): Mutant => mutant(name, what, first, change);

/** All backends of one mutant wrongly share a list. */
function shared(
  name: string,
  what: string,
  change: (right: Backend, all: Backend[]) => Partial<Backend>,
): Mutant {
  const all: Backend[] = [];
  return mutant(name, what, 'coexistence', (right) => {
    all.push(right);
    return change(right, all);
  });
}

export const counts: Mutant[] = [
  memory(
    'memory: bytes of another precision',
    'an element counts as 4 bytes instead of 8, or 2 instead of 4',
    (right) => ({
      memory: () => ({ ...right.memory(), bytes: right.memory().bytes / 2 }),
    }),
  ),
  memory('memory: freed tensors still count', 'the count of tensors does not go down', (right) => {
    let most = 0;
    return {
      memory() {
        const now = right.memory();
        most = Math.max(most, now.tensors);
        return { ...now, tensors: most };
      },
    };
  }),
  memory('memory: bytes are not given back', 'the count of bytes does not go down', (right) => {
    let most = 0;
    return {
      memory() {
        const now = right.memory();
        most = Math.max(most, now.bytes);
        return { ...now, bytes: most };
      },
    };
  }),
  memory('memory: counts itself', 'a call of memory() creates a tensor', (right) => ({
    memory() {
      right.fill([1], 0);
      return right.memory();
    },
  })),
  memory('free: sometimes not', 'every thousandth tensor is not freed', (right) => {
    let calls = 0;
    return {
      free(x) {
        if (++calls % 1000 !== 0) right.free(x);
      },
    };
  }),

  memory('leak: one tensor a product', 'matmul leaks its packed operand', (right) => ({
    matmul(a, b, ...transposed) {
      right.affine(b, 1, 0);
      return right.matmul(a, b, ...transposed);
    },
  })),
  memory('leak: now and then', 'every hundredth sum leaks a tensor', (right) => {
    let calls = 0;
    return {
      sum(x, axes) {
        if (++calls % 100 === 0) right.fill([1], 0);
        return right.sum(x, axes);
      },
    };
  }),
  memory(
    'leak: in a refusal',
    'an operation that rejects its second argument leaks a tensor',
    (right) => ({
      binary(op, a, b) {
        const staged = right.affine(a, 1, 0);
        const result = right.binary(op, a, b);
        right.free(staged);
        return result;
      },
    }),
    'errors',
  ),

  shared(
    'memory: of all backends',
    'a backend also counts the tensors of other backends of its kind',
    (right, all) => ({
      memory() {
        const each = all.map((backend) => backend.memory());
        const sum = (of: keyof MemoryUse) => each.reduce((total, use) => total + use[of], 0);
        return { tensors: sum('tensors'), bytes: sum('bytes') };
      },
      dispose() {
        all.splice(0, all.length, ...all.filter((backend) => backend !== right));
        right.dispose();
      },
    }),
  ),
  shared('dispose: of all', 'disposing of one backend disposes of the others of its kind', (_, all) => ({
    dispose() {
      for (const backend of all.splice(0)) backend.dispose();
    },
  })),
];
