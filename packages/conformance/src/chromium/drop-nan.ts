/*
 * Software GPUs keep NaN, but drivers of real GPUs may drop it; WGSL and GLSL allow both. On some drivers the
 * maximum of NaN and a number is the number, and a compiler that assumes that no value is NaN turns `x != x`
 * into `false`. This module rewrites a page's shaders before they are compiled, so that a software GPU
 * behaves in the same way.
 */

/**
 * Run this function in a page before the page's own scripts. From then on, in the shaders of WebGL2 and
 * WebGPU,
 *
 *   max, min and clamp of a NaN and a number give the number,
 *   a number that is compared with itself is always equal, and
 *   `!(a <= b)` is `a > b`.
 *
 * Integers are not changed. The function must not refer to anything outside itself, because it is sent to the
 * page as text.
 */
export function dropNaN(): void {
  if (typeof WebGL2RenderingContext !== 'undefined') {
    const { prototype } = WebGL2RenderingContext;
    const { shaderSource } = prototype;
    prototype.shaderSource = function (shader, source) {
      shaderSource.call(this, shader, glsl(source));
    };
  }
  if (typeof GPUDevice !== 'undefined') {
    const { prototype } = GPUDevice;
    const { createShaderModule } = prototype;
    prototype.createShaderModule = function (descriptor) {
      return createShaderModule.call(this, { ...descriptor, code: wgsl(descriptor.code) });
    };
  }

  /** Simplifies like a compiler that assumes that no value is NaN. */
  function simplified(source: string): string {
    const opposite: Record<string, string> = { '<=': '>', '<': '>=', '>=': '<', '>': '<=' };
    return source
      .replace(/([A-Za-z_][\w.]*)\s*(!=|==)\s*\1(?![\w.[(])/g, (_, _name, sign) =>
        sign === '==' ? 'true' : 'false',
      )
      .replace(
        /!\s*\(\s*([\w.]+)\s*(<=|<|>=|>)\s*([\w.]+)\s*\)/g,
        (_, a, sign, b) => `(${a} ${opposite[sign]} ${b})`,
      );
  }

  /** Replaces the built-in functions by the functions below, one for each type. */
  function glsl(source: string): string {
    const text = simplified(source).replace(/\b(max|min|clamp)\s*\(/g, 'dropping_$1(');
    // Directives and precision statements must come first.
    const start = /^(?:\s*(?:#.*|precision .*|;)?\n)*/.exec(text)?.[0].length ?? 0;
    return `${text.slice(0, start)}${GLSL_FUNCTIONS()}\n${text.slice(start)}`;
  }

  function GLSL_FUNCTIONS(): string {
    const float = (name: string) => `
highp float dropping_${name}(highp float a, highp float b) { return isnan(a) ? b : isnan(b) ? a : ${name}(a, b); }`;
    const vector = (name: string, axes: readonly string[]) => {
      const type = `highp vec${axes.length}`;
      const each = (b: (axis: string) => string) =>
        `vec${axes.length}(${axes.map((axis) => `dropping_${name}(a.${axis}, ${b(axis)})`).join(', ')})`;
      return `
${type} dropping_${name}(${type} a, ${type} b) { return ${each((axis) => `b.${axis}`)}; }
${type} dropping_${name}(${type} a, highp float b) { return ${each(() => 'b')}; }`;
    };
    const whole = (type: string) =>
      ['max', 'min'].map(
        (name) => `
highp ${type} dropping_${name}(highp ${type} a, highp ${type} b) { return ${name}(a, b); }`,
      );
    const clamp = (type: string, bound = type) => `
highp ${type} dropping_clamp(highp ${type} x, highp ${bound} least, highp ${bound} most) {
  return dropping_min(dropping_max(x, least), most);
}`;
    const vectors = ['xy', 'xyz', 'xyzw'].map((axes) => [...axes]);
    return [
      ...['max', 'min'].flatMap((name) => [float(name), ...vectors.map((axes) => vector(name, axes))]),
      ...['int', 'uint', 'ivec2', 'ivec3', 'ivec4'].flatMap((type) => [...whole(type), clamp(type)]),
      clamp('float'),
      ...[2, 3, 4].flatMap((n) => [clamp(`vec${n}`), clamp(`vec${n}`, 'float')]),
    ].join('');
  }

  /**
   * Writes the selection inline at each call: a WGSL function cannot be overloaded for several types, but
   * `select`, `abs` and `>=` work for all.
   * |x| ≥ x is false for NaN only; `x != x` is always false on Chromium's software adapter.
   */
  function wgsl(source: string): string {
    return chosen(simplified(source));
  }

  function chosen(text: string): string {
    const call = /\b(max|min|clamp)\s*\(/.exec(text);
    if (!call) return text;
    const begin = call.index + call[0].length;
    const args: string[] = [];
    let depth = 0;
    let from = begin;
    for (let at = begin; at < text.length; at++) {
      const character = text[at];
      const ends = depth === 0 && character === ')';
      if (ends || (depth === 0 && character === ',')) {
        args.push(`(${chosen(text.slice(from, at).trim())})`);
        from = at + 1;
      }
      if (ends) return text.slice(0, call.index) + dropping(call[1], args) + chosen(text.slice(from));
      if (character === '(' || character === '[') depth++;
      if (character === ')' || character === ']') depth--;
    }
    throw new Error(`a call of ${call[1]} has no end`);
  }

  function dropping(name: string, [a, b, most]: readonly string[]): string {
    if (name === 'clamp') return dropping('min', [dropping('max', [a, b]), most]);
    const unordered = (x: string) => `!(abs(${x}) >= ${x})`;
    return `select(select(${name}(${a}, ${b}), ${a}, ${unordered(b)}), ${b}, ${unordered(a)})`;
  }
}
