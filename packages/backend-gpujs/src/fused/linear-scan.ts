import type { Tensor } from '@recurra/core';
import type { ScanKernel, ScanSpec } from '@recurra/core/backend';
import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';

/** Results that one launch joins: 4 need half as many launches as 2, and no more reads. */
const JOINED = 4;

/** The step and the row of element i of an array [T, B, H]; `order` is the number of the step in the order of the pass. */
const position = (fromEnd: boolean) => `
  var i = ${FLAT};
  var t = quotient(i, stride);
  var channel = i - t * stride;
  var row = quotient(channel, units);
  var order = ${fromEnd ? 'time - 1 - t' : 't'};`;

/**
 * The scan h_t = a_t ⊙ h_{t−1} + b_t by doubling (Hillis & Steele 1986), because a kernel has no memory that its threads share: a
 * texel has the factor and the sum of several steps, h_t = factor · h + sum, and each launch joins four times as many steps. It
 * takes ⌈log₄ T⌉ + 3 launches forward, and one more backward.
 */
export function linearScan({ kernel, get, add, drop, outputOf }: Context): ScanKernel {
  /**
   * `u` [T, B, H] of a pass: u = a ⊙ (u of the step before) + `sum`, in the channel 1 of its texels. `sum` is an expression of a[i]
   * and x[i], which is absent for a sum of 0. Past a row's length, u does not change.
   */
  const scanned = (
    { time, batch, units }: ScanSpec,
    fromEnd: boolean,
    sum: string,
    { a, x, carry, lengths }: { a: Tensor; x?: Tensor; carry?: Tensor; lengths?: Tensor },
  ): Storage => {
    const sizes = [time, batch * units, units];
    const output = outputOf([time * batch, units]);
    const given = { a, ...(x && { x }), ...(carry && { carry }), ...(lengths && { lengths }) };
    const names = Object.keys(given);
    const start = kernel(`scan start ${fromEnd} ${x && sum} ${names}`, () => ({
      // a, x [T, B, H], carry [B, H], lengths [B] → [T, B, H] texels: factor, sum
      source: `function (${names.join(', ')}, time, stride, units) {
        ${position(fromEnd)}
        var factor = 1.0;
        var sum = 0.0;
        if (${lengths ? 't < lengths[row]' : 'order < time'}) {
          factor = a[i];
          ${x ? `sum = ${sum};` : ''}
        }
        ${carry ? 'if (order === 0) { sum = sum + factor * carry[channel]; }' : ''}
        return [factor, sum];
      }`,
      types: [...names.map(() => 'texture' as const), 'number', 'number', 'number'],
      channels: 2,
    }));
    const join = kernel(`scan join ${fromEnd}`, () => ({
      source: `function (pairs, span, time, stride) {
        var i = ${FLAT};
        var t = quotient(i, stride);
        var order = ${fromEnd ? 'time - 1 - t' : 't'};
        var own = pairs[i];
        var factor = own[0];
        var sum = own[1];
        for (var k = 1; k < ${JOINED}; k++) {
          if (order < k * span) { break; }
          var other = pairs[i ${fromEnd ? '+' : '-'} k * span * stride];
          sum = sum + factor * other[1];
          factor = factor * other[0];
        }
        return [factor, sum];
      }`,
      types: ['texture2', 'number', 'number', 'number'],
      channels: 2,
    }));
    let pairs = start(output, ...Object.values(given).map(get), ...sizes);
    for (let span = 1; span < time; span *= JOINED) {
      const joined = join(output, pairs, span, time, batch * units);
      drop(pairs);
      pairs = joined;
    }
    return pairs;
  };

  /** [B, H]: u after the last step. */
  const last = ({ time, batch, units }: ScanSpec, fromEnd: boolean, pairs: Storage): Tensor => {
    const launch = kernel('scan last', () => ({
      source: `function (pairs, first) {
        var pair = pairs[first + ${FLAT}];
        return pair[1];
      }`,
      types: ['texture2', 'number'],
    }));
    const first = fromEnd ? 0 : (time - 1) * batch * units;
    return add(launch(outputOf([batch, units]), pairs, first), [batch, units]);
  };

  return {
    declines: ({ time, batch, units }) => (time * batch * units === 0 ? 'an empty sequence' : undefined),

    forward(spec, { a, b, initialState, lengths }) {
      const { time, batch, units, reverse } = spec;
      const pairs = scanned(spec, reverse, 'x[i]', { a, x: b, carry: initialState, lengths });
      const states = kernel(`scan states ${lengths !== undefined}`, () => ({
        // pairs [T, B, H] texels, lengths [B] → [T, B, H]
        source: `function (pairs, ${lengths ? 'lengths, ' : ''}time, stride, units) {
          ${position(false)}
          var pair = pairs[i];
          if (${lengths ? 't >= lengths[row]' : 't >= time'}) { return 0; }
          return pair[1];
        }`,
        types: ['texture2', ...(lengths ? (['texture'] as const) : []), 'number', 'number', 'number'],
      }));
      const ends = lengths ? [get(lengths)] : [];
      const y = states(outputOf(a.shape), pairs, ...ends, time, batch * units, units);
      const state = last(spec, reverse, pairs);
      drop(pairs);
      return { y: add(y, a.shape), state, saved: [] };
    },

    /** With u_t = a_t ⊙ db_t, from the last step to the first: db_t = dy_t + u of the step after, and da_t = db_t ⊙ h_{t−1}. */
    backward(spec, { a, initialState, lengths }, { y }, { y: dy, state: dState }) {
      const { time, batch, units, reverse } = spec;
      const pairs = scanned(spec, !reverse, 'a[i] * x[i]', { a, x: dy, carry: dState, lengths });
      const sizes = [time, batch * units, units];
      const valid = lengths ? 't < lengths[row]' : 't < time';

      const ofSum = { ...(dy && { dy }), ...(dState && { dState }), ...(lengths && { lengths }) };
      const sumNames = Object.keys(ofSum);
      const sumGradient = kernel(`scan gradient of b ${reverse} ${sumNames}`, () => ({
        // pairs [T, B, H] texels, dy [T, B, H], dState [B, H], lengths [B] → [T, B, H]
        source: `function (pairs, ${sumNames.map((name) => `${name}, `).join('')}time, stride, units) {
          ${position(!reverse)}
          var g = 0.0;
          if (${valid}) {
            ${dy ? 'g = dy[i];' : ''}
            if (order > 0) {
              var after = pairs[i ${reverse ? '-' : '+'} stride];
              g = g + after[1];
            }
            ${dState ? 'if (order === 0) { g = g + dState[channel]; }' : ''}
          }
          return g;
        }`,
        types: ['texture2', ...sumNames.map(() => 'texture' as const), 'number', 'number', 'number'],
      }));
      const db = sumGradient(outputOf(a.shape), pairs, ...Object.values(ofSum).map(get), ...sizes);

      const ofFactor = { y, ...(initialState && { initialState }), ...(lengths && { lengths }) };
      const factorNames = Object.keys(ofFactor);
      const factorGradient = kernel(`scan gradient of a ${reverse} ${factorNames}`, () => ({
        // db, y [T, B, H], initialState [B, H], lengths [B] → [T, B, H]
        source: `function (db, ${factorNames.map((name) => `${name}, `).join('')}time, stride, units) {
          ${position(reverse)}
          if (${valid}) {
            var before = ${initialState ? 'initialState[channel]' : '0.0'};
            if (${reverse ? `t + 1 < ${lengths ? 'lengths[row]' : 'time'}` : 't > 0'}) {
              before = y[i ${reverse ? '+' : '-'} stride];
            }
            return db[i] * before;
          }
          return 0;
        }`,
        types: ['texture', ...factorNames.map(() => 'texture' as const), 'number', 'number', 'number'],
      }));
      const da = factorGradient(outputOf(a.shape), db, ...Object.values(ofFactor).map(get), ...sizes);
      const dInitial = initialState && last(spec, !reverse, pairs);
      drop(pairs);
      return { a: add(da, a.shape), b: add(db, a.shape), ...(dInitial && { initialState: dInitial }) };
    },
  };
}
