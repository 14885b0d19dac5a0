import { DeviceError, StateError } from '@recurra/core';
import { namesSoftware } from '@recurra/core/backend';
import gpuLibrary from '#gpu.js';
import type { Gpu } from './gpu.js';

const { GPU } = gpuLibrary;

export const NAME = 'gpujs';

/** The platform of the kernels: WebGL2 or WebGL1 in a browser, headless-gl in Node, or plain JavaScript. */
export type Mode = 'webgl2' | 'webgl1' | 'headless-gl' | 'cpu';

/** The extensions that are needed to read and write float textures. */
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

/** A gpu.js instance and the WebGL context that it draws on. */
export interface Device {
  readonly mode: Mode;
  readonly gpu: Gpu;
  /** Undefined in mode `cpu`. */
  readonly gl: WebGL2RenderingContext | WebGLRenderingContext | undefined;
  /** The largest width and height of a texture, in texels. */
  readonly side: number;
  /** The number of textures that one kernel can read. */
  readonly units: number;
  /** The number of textures that one kernel can write. */
  readonly results: number;
  /** Human-readable name: `WebGL2, ANGLE (…SwiftShader…)`. */
  readonly description: string;
  /** True if the renderer's name is that of a software-emulated GPU. Undefined in mode `cpu`. */
  readonly software: boolean | undefined;
  /** Resolves once the context is lost. */
  readonly lost: Promise<Error>;
  /** @throws StateError after {@link dispose}; DeviceError after the context was lost */
  check(): void;
  dispose(): void;
}

/** @throws DeviceError if this kind of WebGL is not available here, or cannot draw on float textures */
export function openDevice(mode: Mode): Device {
  const { gpu, gl, canvas } = mode === 'webgl2' || mode === 'webgl1' ? inBrowser(mode) : byGpuJs(mode);
  const limit = (name: 'MAX_TEXTURE_SIZE' | 'MAX_TEXTURE_IMAGE_UNITS') =>
    gl ? (gl.getParameter(gl[name]) as number) : Number.POSITIVE_INFINITY;
  let ended: Error | undefined;
  let resolveLost: (error: Error) => void = () => {};
  const lost = new Promise<Error>((resolve) => {
    resolveLost = resolve;
  });
  const lose = () => {
    if (ended) return;
    ended = new DeviceError(
      `${NAME}: the WebGL context was lost, with all tensors; create a new backend, and resume from a checkpoint`,
    );
    resolveLost(ended);
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
    software: gl && namesSoftware(renderer(gl)),
    lost,
    check() {
      // The event is fired some time after the loss, and drawing on a lost context silently gives zeros.
      if (!ended && gl?.isContextLost()) lose();
      if (ended) throw ended;
    },
    dispose() {
      if (ended instanceof StateError) return;
      ended = new StateError(`${NAME}: the backend was used after it was disposed of`);
      canvas?.removeEventListener('webglcontextlost', lose);
      // gpu.js releases contexts later, and a page that creates many backends in a row has only 16.
      gl?.getExtension('WEBGL_lose_context')?.loseContext();
      gl?.getExtension('STACKGL_destroy_context')?.destroy();
    },
  };
}

/** Creates the context itself, because gpu.js falls back to another kind if it cannot create the requested one. */
function inBrowser(mode: 'webgl2' | 'webgl1') {
  const canvas = newCanvas();
  const kind = mode === 'webgl2' ? 'webgl2' : 'webgl';
  const settings = { alpha: false, depth: false, antialias: false };
  const gl = canvas?.getContext(kind, settings) as WebGL2RenderingContext | WebGLRenderingContext | null;
  if (!canvas || !gl) {
    throw new DeviceError(`${NAME}: ${LABELS[mode]} is not available here; in Node, use mode 'headless-gl'`);
  }
  const missing = EXTENSIONS[mode].filter((name) => !gl.getExtension(name));
  if (missing.length > 0) {
    throw new DeviceError(
      `${NAME}: ${LABELS[mode]} cannot draw on float textures here: no ${missing.join()}`,
    );
  }
  // gpu.js resizes its canvas with every kernel, which is slow and useless, since it draws to textures only.
  return { gl, canvas, gpu: new GPU({ context: gl, canvas: { width: 1, height: 1 } }) };
}

function newCanvas(): HTMLCanvasElement | OffscreenCanvas | undefined {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(1, 1);
  return typeof document === 'undefined' ? undefined : document.createElement('canvas');
}

/** The modes whose context gpu.js creates. */
function byGpuJs(mode: 'headless-gl' | 'cpu') {
  if (mode === 'cpu') return { gpu: new GPU({ mode: 'cpu' }), gl: undefined, canvas: undefined };
  if (!GPU.isHeadlessGLSupported) {
    throw new DeviceError(
      `${NAME}: headless-gl does not run here: install the package gl, which is compiled during installation (on Debian it needs libxi-dev libx11-dev libxext-dev libgl1-mesa-dev python3 g++ make), and run with a display, for example under xvfb-run`,
    );
  }
  const gpu = new GPU({ mode: 'headlessgl' });
  // gpu.js creates the context with its first kernel.
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
