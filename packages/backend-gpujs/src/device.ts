import { DeviceError, StateError } from '@recurra/core';
import { GPU, type Gpu } from './gpu.js';
import { isSoftwareRenderer } from './software.js';

export const NAME = 'gpujs';

/** Where kernels run: in a browser on WebGL2 or WebGL1, in Node on headless-gl, or as plain JavaScript. */
export type Mode = 'webgl2' | 'webgl1' | 'headless-gl' | 'cpu';

/** What float textures need of each kind of WebGL, to be read and to be written. */
const EXTENSIONS = {
  webgl2: ['EXT_color_buffer_float'],
  webgl1: ['OES_texture_float', 'WEBGL_color_buffer_float'],
} as const;

const LABELS: Record<Mode, string> = {
  webgl2: 'WebGL2',
  webgl1: 'WebGL1',
  'headless-gl': 'headless-gl',
  cpu: "gpu.js's plain JavaScript",
};

/** One gpu.js, the context that it draws on, and whether that still lives. */
export interface Device {
  readonly mode: Mode;
  readonly gpu: Gpu;
  /** Undefined in mode `cpu`. */
  readonly gl: WebGL2RenderingContext | WebGLRenderingContext | undefined;
  /** The most texels along a side of a texture. */
  readonly side: number;
  /** The most textures that one kernel can read. */
  readonly units: number;
  /** The most textures that one kernel can make. */
  readonly results: number;
  /** For people: `WebGL2, ANGLE (…SwiftShader…)`. */
  readonly description: string;
  /** True if the renderer's name is that of a GPU emulated in software. Undefined in mode `cpu`. */
  readonly software: boolean | undefined;
  readonly lost: Promise<Error>;
  /** @throws StateError once disposed of; DeviceError once the context is lost */
  check(): void;
  dispose(): void;
}

/** @throws DeviceError where this place has no such WebGL, or it cannot draw on float textures */
export function openDevice(mode: Mode): Device {
  const { gpu, gl, canvas } = mode === 'webgl2' || mode === 'webgl1' ? inBrowser(mode) : byGpuJs(mode);
  const limit = (name: 'MAX_TEXTURE_SIZE' | 'MAX_TEXTURE_IMAGE_UNITS') =>
    gl ? (gl.getParameter(gl[name]) as number) : Number.POSITIVE_INFINITY;
  let ended: Error | undefined;
  let tell: (error: Error) => void = () => {};
  const lost = new Promise<Error>((resolve) => {
    tell = resolve;
  });
  const lose = () => {
    if (ended) return;
    ended = new DeviceError(
      `${NAME}: the WebGL context was lost, and with it every tensor; make a new backend, and go on from a checkpoint`,
    );
    tell(ended);
  };
  canvas?.addEventListener('webglcontextlost', lose);
  return {
    mode,
    gpu,
    gl,
    side: limit('MAX_TEXTURE_SIZE'),
    units: limit('MAX_TEXTURE_IMAGE_UNITS'),
    results: gl ? drawBuffers(gl) : 1,
    description: [LABELS[mode], gl && renderer(gl)].filter(Boolean).join(', '),
    software: gl && isSoftwareRenderer(renderer(gl)),
    lost,
    check() {
      // The event comes later than the loss, and drawing on a lost context gives zeros without a word.
      if (!ended && gl?.isContextLost()) lose();
      if (ended) throw ended;
    },
    dispose() {
      if (ended instanceof StateError) return;
      ended = new StateError(`${NAME}: the backend was used after it was disposed of`);
      canvas?.removeEventListener('webglcontextlost', lose);
      // gpu.js would do it later, and a page that makes one backend after the other has 16 contexts.
      gl?.getExtension('WEBGL_lose_context')?.loseContext();
      gl?.getExtension('STACKGL_destroy_context')?.destroy();
    },
  };
}

/** A context of our own: gpu.js would take another where it cannot have the one that is asked for. */
function inBrowser(mode: 'webgl2' | 'webgl1') {
  const canvas = newCanvas();
  const kind = mode === 'webgl2' ? 'webgl2' : 'webgl';
  const settings = { alpha: false, depth: false, antialias: false };
  const gl = canvas?.getContext(kind, settings) as WebGL2RenderingContext | WebGLRenderingContext | null;
  if (!canvas || !gl) {
    throw new DeviceError(`${NAME}: there is no ${LABELS[mode]} here; for Node there is mode 'headless-gl'`);
  }
  const missing = EXTENSIONS[mode].filter((name) => !gl.getExtension(name));
  if (missing.length > 0) {
    throw new DeviceError(
      `${NAME}: ${LABELS[mode]} cannot draw on float textures here: no ${missing.join()}`,
    );
  }
  // gpu.js resizes its canvas with every kernel, which is slow and of no use: all drawing is to textures.
  return { gl, canvas, gpu: new GPU({ context: gl, canvas: { width: 1, height: 1 } }) };
}

function newCanvas(): HTMLCanvasElement | OffscreenCanvas | undefined {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(1, 1);
  return typeof document === 'undefined' ? undefined : document.createElement('canvas');
}

/** What gpu.js makes by itself. */
function byGpuJs(mode: 'headless-gl' | 'cpu') {
  if (mode === 'cpu') return { gpu: new GPU({ mode: 'cpu' }), gl: undefined, canvas: undefined };
  if (!GPU.isHeadlessGLSupported) {
    throw new DeviceError(
      `${NAME}: headless-gl does not run here: install the package gl, which is compiled on installation (on Debian: libxi-dev libx11-dev libxext-dev libgl1-mesa-dev python3 g++ make), and give it a display, as xvfb-run does`,
    );
  }
  const gpu = new GPU({ mode: 'headlessgl' });
  // gpu.js makes the context with its first kernel.
  gpu.createKernel('function () { return 0; }', { output: [1] });
  return { gpu, gl: gpu.context as WebGLRenderingContext, canvas: undefined };
}

function renderer(gl: WebGL2RenderingContext | WebGLRenderingContext): string {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
}

function drawBuffers(gl: WebGL2RenderingContext | WebGLRenderingContext): number {
  if ('MAX_DRAW_BUFFERS' in gl) return gl.getParameter(gl.MAX_DRAW_BUFFERS);
  const extension = gl.getExtension('WEBGL_draw_buffers');
  return extension ? gl.getParameter(extension.MAX_DRAW_BUFFERS_WEBGL) : 1;
}
