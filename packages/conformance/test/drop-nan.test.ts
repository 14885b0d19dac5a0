/* A page with dropNaN behaves like one on a driver that drops NaN, and otherwise computes as before. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropNaN, hasChromium, launchChromium, SOFTWARE_GPU_FLAGS } from '../src/chromium.js';

const missing = !process.env.CI && !hasChromium();

/** The shader's results for the four numbers of `x`, the first of which is NaN; NaN is given as text. */
type Compute = (expressions: readonly string[]) => Promise<string[]>;

const DIALECTS: Record<string, { compute: Compute; float: string; vector: string }> = {
  WebGL2: { compute: inWebGL2, float: 'float', vector: 'vec4' },
  WebGPU: { compute: inWebGPU, float: 'f32', vector: 'vec4<f32>' },
};

describe.skipIf(missing)(`in Chromium${missing ? ': apt-get install chromium' : ''}`, () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium(SOFTWARE_GPU_FLAGS);
  });
  afterAll(() => browser?.close());

  const open = async (prepare?: () => void) => {
    const page = await browser.newPage();
    if (prepare) await page.addInitScript(prepare);
    await page.route('http://localhost/', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto('http://localhost/');
    return page;
  };

  test.each(Object.entries(DIALECTS))('%s', async (_, { compute, float, vector }) => {
    const [plain, dropping] = [await open(), await open(dropNaN)];
    // The results for x = NaN, 2, -3, 0.5, element by element and as a vector.
    const expressions = {
      'max(x, 1.0)': ['1', '2', '1', '1'],
      'max(1.0, x)': ['1', '2', '1', '1'],
      'min(x, 1.0)': ['1', '1', '-3', '0.5'],
      'clamp(x, -1.0, 1.0)': ['-1', '1', '-1', '0.5'],
      'max(min(x, 1.0), max(x, 0.0))': ['1', '2', '0', '0.5'],
      [`max(${vector}(x), ${vector}(1.0)).x`]: ['1', '2', '1', '1'],
      [`${float}(max(2, 3)) + x`]: ['NaN', '5', '0', '3.5'],
      'x * 2.0': ['NaN', '4', '-6', '1'],
    };
    for (const [expression, expected] of Object.entries(expressions))
      expect([expression, await dropping.evaluate(compute, [expression])]).toEqual([expression, expected]);
    const comparisons = ['choose(x != x)', 'choose(!(x <= 1.0))'];
    expect(await dropping.evaluate(compute, comparisons)).toEqual(['0', '0', '0', '0', '0', '1', '0', '0']);
    expect(await plain.evaluate(compute, comparisons.slice(1))).toEqual(['1', '1', '0', '0']);
  });
});

async function inWebGL2(expressions: readonly string[]): Promise<string[]> {
  const gl = new OffscreenCanvas(4, 1).getContext('webgl2') as WebGL2RenderingContext;
  gl.getExtension('EXT_color_buffer_float');
  const values: string[] = [];
  for (const expression of expressions) {
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, 'in vec2 at; void main() { gl_Position = vec4(at, 0.0, 1.0); }'],
      [
        gl.FRAGMENT_SHADER,
        `precision highp float;
uniform vec4 xs;
out vec4 result;
float choose(bool condition) { return condition ? 1.0 : 0.0; }
float f(float x) { return ${expression}; }
void main() { result = vec4(f(xs.x), f(xs.y), f(xs.z), f(xs.w)); }`,
      ],
    ] as const) {
      const shader = gl.createShader(kind) as WebGLShader;
      gl.shaderSource(shader, `#version 300 es\n${source}`);
      gl.compileShader(shader);
      const log = gl.getShaderInfoLog(shader);
      if (log) throw new Error(log);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.uniform4f(gl.getUniformLocation(program, 'xs'), Number.NaN, 2, -3, 0.5);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, 1, 1);
    const texture = gl.getParameter(gl.TEXTURE_BINDING_2D);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.viewport(0, 0, 1, 1);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const pixel = new Float32Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, pixel);
    values.push(...Array.from(pixel, String));
  }
  return values;
}

async function inWebGPU(expressions: readonly string[]): Promise<string[]> {
  const device = await (await navigator.gpu.requestAdapter())?.requestDevice();
  if (!device) throw new Error('there is no adapter');
  const values: string[] = [];
  for (const expression of expressions) {
    const code = `
@group(0) @binding(0) var<storage, read_write> xs: array<f32>;
fn choose(condition: bool) -> f32 { return select(0.0, 1.0, condition); }
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) {
  let x = xs[i];
  xs[i] = ${expression};
}`;
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    });
    const [storage, staging] = [
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    ].map((usage) => device.createBuffer({ size: 16, usage }));
    device.queue.writeBuffer(storage, 0, new Float32Array([Number.NaN, 2, -3, 0.5]));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const entries = [{ binding: 0, resource: { buffer: storage } }];
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(storage, 0, staging, 0, 16);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    values.push(...Array.from(new Float32Array(staging.getMappedRange()), String));
  }
  return values;
}
