/* The store uses its entries again, so handles of tensors that were freed before must stay invalid. */
import { ForeignTensorError, FreedTensorError, TensorStore } from '@recurra/core/backend';
import { describe, expect, it } from 'vitest';

describe('a store of tensors', () => {
  const stored = () => {
    const released: string[] = [];
    return { store: new TensorStore<string>('test', 4, (storage) => released.push(storage)), released };
  };

  it('refuses a handle that was freed, also after another tensor has taken its entry', () => {
    const { store, released } = stored();
    const a = store.add([2], 'a');
    store.remove(a);
    const b = store.add([3], 'b');
    expect(() => store.get(a)).toThrow(FreedTensorError);
    expect(() => store.remove(a)).toThrow(FreedTensorError);
    expect(store.get(b)).toBe('b');
    expect(released).toEqual(['a']);
    expect(store.memory()).toEqual({ tensors: 1, bytes: 12 });
  });

  it('releases a storage with its last handle, in any order of storages', () => {
    const { store, released } = stored();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => store.add([1], name));
    const again = store.share(b, [1, 1]);
    for (const x of [a, b]) store.remove(x);
    expect(released).toEqual(['a']);
    const d = store.add([2], 'd');
    expect([again, c, d].map((x) => store.get(x))).toEqual(['b', 'c', 'd']);
    for (const x of [c, again, d]) store.remove(x);
    expect(released).toEqual(['a', 'c', 'b', 'd']);
    expect(store.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it('refuses the handles from before `clear`, and those of other stores', () => {
    const { store, released } = stored();
    const old = ['a', 'b'].map((name) => store.add([1], name));
    store.clear();
    expect(released).toEqual(['a', 'b']);
    expect(store.memory()).toEqual({ tensors: 0, bytes: 0 });
    const next = ['c', 'd'].map((name) => store.add([1], name));
    for (const x of old) expect(() => store.get(x)).toThrow(FreedTensorError);
    expect(next.map((x) => store.get(x))).toEqual(['c', 'd']);
    expect(() => stored().store.get(next[0])).toThrow(ForeignTensorError);
  });
});
