/* Where a system runs, as it sees it: a process of Node's, or a page. */

export interface Host {
  /**
   * Another library, typed as the part of it that an adapter uses.
   * @throws Declined where it is not installed
   */
  load<Library>(name: string): Promise<Loaded<Library>>;
  /**
   * Sees to it that there is a `navigator.gpu`.
   * @throws Declined where there cannot be
   */
  provideWebgpu(): Promise<void>;
}

export interface Loaded<Library> {
  readonly library: Library;
  readonly version: string;
  /** In a page, where the library finds its own files: an address that ends with `/`. In Node it finds them itself. */
  readonly files?: string;
}
