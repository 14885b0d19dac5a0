/* What the kernels of recurrent layers have in common. */

/** How a walk over a sequence is cut into work. Part of a pipeline's key, as all that its code depends on is. */
export interface WalkForm {
  /** Units in one load: 4, or 1 where `units` is not a multiple of 4. */
  readonly lanes: 1 | 4;
  /** Rows of the batch that one invocation computes, so that each load of U serves them all. */
  readonly rows: number;
  /** A length per row is given. */
  readonly lengths: boolean;
  /**
   * One dispatch for the whole sequence, a workgroup walking it with its tile of rows and what goes from step to step
   * in workgroup memory; else one dispatch for each phase of each step.
   */
  readonly whole?: { readonly units: number; readonly invocations: number };
}

/** The uniforms of a walk, in this order. */
export const WALK = 'struct Walk { time: u32, batch: u32, width: u32, reverse: u32, step: u32 }';

/** The storage buffers and the uniforms of a program, in the order in which they are bound. */
export function bindings(
  storage: readonly (readonly [name: string, access: 'read' | 'read_write', element: string])[],
  uniform: string,
): string {
  const lines = storage.map(
    ([name, access, element], i) =>
      `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`,
  );
  return `${lines.join('\n')}\n@group(0) @binding(${storage.length}) var<uniform> ${uniform};`;
}

/**
 * `V` and the functions of the cells. They saturate and never give NaN for a number. NaN gives NaN, and is told by its
 * bits: exp of it is a number on some devices, and a compiler may take it that there is none.
 */
export const cellFunctions = (lanes: 1 | 4) => `
alias V = ${lanes === 4 ? 'vec4<f32>' : 'f32'};
alias Bits = ${lanes === 4 ? 'vec4<u32>' : 'u32'};

fn keepNaN(x: V, y: V) -> V {
  return select(y, x, (bitcast<Bits>(x) & Bits(0x7fffffffu)) > Bits(0x7f800000u));
}

fn sigmoid(x: V) -> V { return keepNaN(x, 1.0 / (1.0 + exp(-x))); }

fn rectified(x: V) -> V { return keepNaN(x, max(x, V())); }

// Built-in tanh overflows on some devices. The quotient loses digits near 0, where the series has them.
fn hyperbolic(x: V) -> V {
  let square = x * x;
  let series = x * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  let quotient = 1.0 - 2.0 / (exp(2.0 * clamp(x, V(-20.0), V(20.0))) + 1.0);
  return keepNaN(x, select(quotient, series, abs(x) < V(0.2)));
}
`;
