/** Made by vite.config.ts: the libraries that are compared with, each loaded when it is asked for. */
declare module 'bench:libraries' {
  const libraries: import('@recurra/bench/page/handler').Libraries;
  export default libraries;
}
