// The part of the WebAssembly interface that the training engine uses beyond what host/ declares. Node has it; TypeScript declares it
// only with the types of a browser, which this project keeps out.

declare namespace WebAssembly {
  class Module {
    private readonly compiled: unknown;
    constructor(bytes: Uint8Array);
  }
  interface Memory {
    grow(pages: number): number;
  }
  const Instance: new (module: Module) => Instance;
}
