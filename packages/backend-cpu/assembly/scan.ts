/*
 * The scan h_t = a_t ⊙ h_{t−1} + b_t, for each row and unit on its own. T steps, B rows, H units.
 *
 * A step reads and writes whole rows, in the order of memory: with blocks of units that keep h in registers from step to
 * step, every access would be on another page, which is several times as slow. The threads share the B·H elements of a
 * step, and need not wait for each other between steps.
 */
import { SCAN_BLOCK, ScanArgs } from './abi.generated';
import { beginBlocks, left, nextBlocks, right } from './blocks';
import { clearElements, copyElements } from './recurrent';
import { at, multiplyAdd, splat, storeLanes } from './vector';

/** Computes y [T, B, H], and in `state` [B, H] the final state. */
export function scanForward(args: ScanArgs): void {
  for (let more = beginElements(args); more; more = nextBlocks()) {
    if (args.initialState) copyElements(args.initialState, args.state, left, right);
    else clearElements(args.state, left, right);
    for (let i = 0; i < args.time; i++) {
      const t = args.reverse ? args.time - 1 - i : i;
      const y = step(args, args.y, t);
      for (let start = left; start < right; ) {
        const end = segmentEnd(args, start, right);
        if (isWithin(args, start, t)) {
          stepForward(step(args, args.a, t), step(args, args.b, t), args.state, y, start, end);
        } else {
          clearElements(y, start, end);
        }
        start = end;
      }
    }
  }
}

/**
 * Computes da and db [T, B, H] from dy: g = dh + dy_t, db_t = g, da_t = g ⊙ h_{t−1}, dh = a_t ⊙ g, from the last step to the
 * first. `state` [B, H] is dh: the gradient of the final state at first, and of the initial state in the end.
 */
export function scanBackward(args: ScanArgs): void {
  for (let more = beginElements(args); more; more = nextBlocks()) {
    for (let i = args.time - 1; i >= 0; i--) {
      const t = args.reverse ? args.time - 1 - i : i;
      const before = args.reverse ? t + 1 : t - 1;
      const da = step(args, args.da, t);
      const db = step(args, args.db, t);
      for (let start = left; start < right; ) {
        const end = segmentEnd(args, start, right);
        if (isWithin(args, start, t)) {
          const isFirst = i == 0 || !isWithin(args, start, before);
          const h = isFirst ? args.initialState : step(args, args.y, before);
          const dy = args.dy ? step(args, args.dy, t) : 0;
          stepBackward(step(args, args.a, t), h, dy, args.state, da, db, start, end);
        } else {
          clearElements(da, start, end);
          clearElements(db, start, end);
        }
        start = end;
      }
    }
  }
}

/** h = a ⊙ h + b and y = h, for the elements from `start` to `end` of a step. */
function stepForward(a: usize, b: usize, h: usize, y: usize, start: i32, end: i32): void {
  for (let i = start; i < end; i += 4) {
    const next = multiplyAdd(v128.load(at(a, i)), v128.load(at(h, i)), v128.load(at(b, i)));
    storeLanes(at(h, i), next, end - i);
    storeLanes(at(y, i), next, end - i);
  }
}

/** g = dh + dy, db = g, da = g ⊙ h and dh = a ⊙ g, for the elements from `start` to `end` of a step. h and dy may be absent: 0. */
function stepBackward(
  a: usize, h: usize, dy: usize, dh: usize, da: usize, db: usize, start: i32, end: i32,
): void {
  for (let i = start; i < end; i += 4) {
    const carried = v128.load(at(dh, i));
    const g = dy ? f32x4.add(carried, v128.load(at(dy, i))) : carried;
    storeLanes(at(db, i), g, end - i);
    storeLanes(at(da, i), h ? f32x4.mul(g, v128.load(at(h, i))) : splat(0), end - i);
    storeLanes(at(dh, i), f32x4.mul(v128.load(at(a, i)), g), end - i);
  }
}

/** Begins a parallel loop over the elements of a step; each iteration handles those from `left` to `right`. */
@inline
function beginElements(args: ScanArgs): bool {
  return beginBlocks(1, 1, args.batch * args.units, SCAN_BLOCK);
}

/** The end of the elements from `start` on that take part in the same steps: those of the same row, or all up to `end`. */
@inline
function segmentEnd(args: ScanArgs, start: i32, end: i32): i32 {
  return args.lengths ? min(end, (start / args.units + 1) * args.units) : end;
}

/** True if step t is within the length of the row of this element of a step. */
@inline
function isWithin(args: ScanArgs, element: i32, t: i32): bool {
  return args.lengths == 0 || t < <i32>load<f32>(at(args.lengths, element / args.units));
}

/** Step t of an array [T, B, H]. */
@inline
function step(args: ScanArgs, array: usize, t: i32): usize {
  return at(array, t * args.batch * args.units);
}
