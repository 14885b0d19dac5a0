/*
 * A software GPU keeps NaN where the drivers of real ones drop it; WGSL and GLSL allow both. On some drivers the larger of NaN
 * and a number is the number, and a compiler that assumes that nothing is NaN turns `x != x` into `false`. Here
 * a page's shaders are rewritten before they are compiled, so that the software GPU does the same.
 */

/**
 * To be run in a page before its own scripts. From then on, in the shaders of WebGL2 and WebGPU,
 *
 *   max, min and clamp of a NaN and a number give the number,
 *   a number that is compared with itself is always equal, and
 *   `!(a <= b)` is `a > b`.
 *
 * Whole numbers are left alone. It stands by itself, for it is sent to the page as text.
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

  /** As a compiler simplifies that takes it that nothing is NaN. */
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

  /** Calls functions of our own in place of the built-in ones, one for each type. */
  function glsl(source: string): string {
    const text = simplified(source).replace(/\b(max|min|clamp)\s*\(/g, 'dropping_$1(');
    // Directives, and the precision of numbers, stand before all else.
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
   * Puts the choice beside each call: WGSL has no function of our own for several types, but `select`, `abs` and `>=` are for all.
   * |x| ≥ x does not hold for NaN alone; `x != x` is always false on Chromium's own adapter.
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
