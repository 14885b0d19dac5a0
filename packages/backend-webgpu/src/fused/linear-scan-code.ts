import { lines } from '../text.js';
import { binding } from '../wgsl.js';
import type { LinearScanForm } from './linear-scan-form.js';

/** One pass of a scan over time: a recurrence of `carry`, whose steps may be divided into chunks. */
interface Pass {
  /** Storage buffers in the order of their bindings. Those of `V` have one element for each load of units. */
  readonly buffers: readonly (readonly [name: string, access: 'read' | 'read_write'])[];
  readonly lengths: boolean;
  /** The carry before the first step of `channel`, as an expression. */
  readonly initial: string;
  /** The new `sum` of a step at index `i`, for the factor a[i]: with it, carry = factor · carry + sum over several steps. */
  readonly sum: string;
  /** The statements of a valid step `t` at index `i`, which update `carry`, and those of a step past the row's length. */
  readonly valid: string;
  readonly past: string;
  /** A statement after the last step. */
  readonly end: string;
}

/** y [T, B, H] and state [B, H] from a and b [T, B, H]. The state is h after the last step. */
export function forwardCode(
  form: LinearScanForm,
  { lengths, initialState }: { readonly lengths: boolean; readonly initialState: boolean },
): string {
  return scanCode(form, {
    buffers: [
      ['a', 'read'],
      ['b', 'read'],
      ['y', 'read_write'],
      ['state', 'read_write'],
      ...(initialState ? ([['initial', 'read']] as const) : []),
    ],
    lengths,
    initial: initialState ? 'initial[channel]' : 'V()',
    sum: 'a[i] * sum + b[i]',
    valid: 'carry = a[i] * carry + b[i]; y[i] = carry;',
    past: 'y[i] = V();',
    end: 'state[channel] = carry;',
  });
}

/**
 * da and db [T, B, H], and the gradient of the initial state in place of that of the final state, dState [B, H]. With g_t the
 * gradient of h_t from all later steps: db_t = g_t + dy_t, da_t = db_t ⊙ h_{t−1}, and g_{t−1} = a_t ⊙ db_t.
 */
export function backwardCode(
  form: LinearScanForm,
  options: {
    readonly lengths: boolean;
    readonly initialState: boolean;
    readonly dy: boolean;
    readonly dState: boolean;
  },
): string {
  const { lengths, initialState, dy, dState } = options;
  return scanCode(form, {
    buffers: [
      ['a', 'read'],
      ['y', 'read'],
      ['da', 'read_write'],
      ['db', 'read_write'],
      ...(initialState ? ([['initial', 'read']] as const) : []),
      ...(dy ? ([['dy', 'read']] as const) : []),
      ...(dState ? ([['dState', 'read_write']] as const) : []),
    ],
    lengths,
    initial: dState ? 'dState[channel]' : 'V()',
    sum: dy ? 'a[i] * (sum + dy[i])' : 'a[i] * sum',
    // The scan's previous step is the backward pass's next one.
    valid: `
      let g = carry${dy ? ' + dy[i]' : ''};
      var before = ${initialState ? 'initial[channel]' : 'V()'};
      if (uniforms.fromEnd != 0u && t > 0u) { before = y[i - stride]; }
      if (uniforms.fromEnd == 0u && t + 1u < length) { before = y[i + stride]; }
      db[i] = g;
      da[i] = g * before;
      carry = a[i] * g;`,
    past: 'da[i] = V(); db[i] = V();',
    end: dState ? 'dState[channel] = carry;' : '',
  });
}

/**
 * WGSL of a pass. In chunks, each invocation first reduces its steps to a factor and a sum, and gets its carry from those of
 * the chunks before it. The first chunk's sum contains the initial carry.
 */
function scanCode(
  { vectorSize, chunks, channels }: LinearScanForm,
  { buffers, lengths, initial, sum, valid, past, end }: Pass,
): string {
  const invocations = channels * chunks;
  const all = [...buffers, ...(lengths ? ([['lengths', 'read']] as const) : [])];
  return lines(
    `alias V = ${vectorSize === 4 ? 'vec4<f32>' : 'f32'};`,
    'struct Uniforms { time: u32, batch: u32, width: u32, fromEnd: u32, chunk: u32 }',
    all.map(([name, access], i) => binding(i, access, name, `array<${name === 'lengths' ? 'f32' : 'V'}>`)),
    binding(all.length, 'uniform', 'uniforms', 'Uniforms'),
    chunks > 1 &&
      `var<workgroup> factors: array<V, ${invocations}>;
var<workgroup> sums: array<V, ${invocations}>;`,
    `fn timeOf(s: u32) -> u32 { return select(s, uniforms.time - 1u - s, uniforms.fromEnd != 0u); }

@compute @workgroup_size(${invocations})
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  let stride = uniforms.batch * uniforms.width;
  let first = (workgroup.x + workgroup.y * workgroups.x) * ${channels}u;
  // Invocations past the last channel have no steps.
  let channel = min(first + lane % ${channels}u, stride - 1u);
  let exists = first + lane % ${channels}u < stride;
  let length = ${lengths ? 'u32(lengths[channel / uniforms.width])' : 'uniforms.time'};
  let chunk = lane / ${channels}u;
  let start = min(chunk * uniforms.chunk, uniforms.time);
  let stop = select(start, min(start + uniforms.chunk, uniforms.time), exists);
  var carry = V();
  if (chunk == 0u) { carry = ${initial}; }`,
    chunks > 1 &&
      `  var factor = V(1.0);
  var sum = carry;
  for (var s = start; s < stop; s++) {
    let t = timeOf(s);
    let i = t * stride + channel;
    if (t < length) {
      sum = ${sum};
      factor = a[i] * factor;
    }
  }
  factors[lane] = factor;
  sums[lane] = sum;
  workgroupBarrier();
  if (chunk > 0u) { carry = sums[lane % ${channels}u]; }
  for (var k = lane % ${channels}u + ${channels}u; k < lane - lane % ${channels}u; k += ${channels}u) {
    carry = factors[k] * carry + sums[k];
  }`,
    `  for (var s = start; s < stop; s++) {
    let t = timeOf(s);
    let i = t * stride + channel;
    if (t < length) {
      ${valid}
    } else {
      ${past}
    }
  }
  if (exists && chunk == ${chunks - 1}u) {
    ${end}
  }
}`,
  );
}
