// The part of the WebAssembly interface that the virtual board uses. Node has it; TypeScript declares it only with the types
// of a browser, which this project keeps out.

declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  type Imports = Readonly<Record<string, Readonly<Record<string, (...values: number[]) => number>>>>;
  class RuntimeError extends Error {}
  function instantiate(module: Uint8Array, imports: Imports): Promise<{ readonly instance: Instance }>;
}
