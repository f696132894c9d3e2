// Builds WebAssembly with the clang that comes as an npm package and runs in this process: the virtual board needs no
// compiler on the machine. The first compilation of a process takes seconds, later ones a fraction of one; objects are kept from
// one process to the next, as the package holds all that they are made of beside the sources.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Tree } from "@yowasp/clang";
import { assert } from "../../core/assert.ts";
import { DiagnosticError, type Diagnostic } from "../../core/diagnostic.ts";
import type { BuildRequest, BuildResult, SourceTree, Toolchain } from "../../core/io.ts";
import { compileDiagnostic, linkError } from "./compile-error.ts";
import { diskCache, userCacheFolder } from "../disk-cache.ts";
import { objectKey } from "./object-key.ts";
import { sumSizes } from "./unit-sizes.ts";
import { wasmKeptSections } from "./wasm-link-map.ts";

export interface YowaspOptions {
  /** More flags for the compiler: `-mno-simd128`, warnings. */
  readonly flags?: readonly string[];
}

// The target is the one with C's headers; nothing of its library is linked in.
const COMPILE = ["--target=wasm32-wasip1", "-msimd128", "-std=c99", "-O3", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections"];
const LINK = ["--no-entry", "--gc-sections", "--stack-first", "-Map=map", "-o", "image.wasm"];

/** Sizes are exact: what the linker kept of each unit. Stack is unknown: WebAssembly keeps most of it out of memory. */
export function yowaspClang(options: YowaspOptions = {}): Toolchain {
  return {
    id: "yowasp-clang",
    probe: async () => [
      {
        tool: "@yowasp/clang",
        found: true,
        version: await packageVersion(),
        purpose: "WebAssembly for the virtual board",
        install: { debian: "comes with reflexarc: npm ci", macos: "comes with reflexarc: npm ci", windows: "comes with reflexarc: npm ci" },
      },
    ],
    build: (request, compiled) => inTurn(() => build(request, options.flags ?? [], compiled)),
  };
}

async function build(request: BuildRequest, flags: readonly string[], compiled?: (units: number) => void): Promise<BuildResult> {
  const sources = nestedTree(request.sources);
  const options = [...COMPILE, ...flags, ...request.includes.map((each) => `-I${each}`), ...request.defines.map((each) => `-D${each}`)];
  const version = await packageVersion();
  const cache = diskCache(userCacheFolder("objects"));
  const failures: Diagnostic[] = [];
  const objects: Tree = {};
  for (const [index, unit] of request.units.entries()) {
    const key = objectKey(unit, request, [version, ...options]);
    const known = compiledObjects.get(key) ?? cache.read(key);
    const run: ClangRun =
      known === undefined
        ? await runClang(["clang", ...options, "-c", unit, "-o", "unit.o"], sources)
        : { ok: true, files: { "unit.o": known } };
    compiled?.(index + 1);
    if (!run.ok) {
      failures.push(compileDiagnostic(unit, run.words));
      continue;
    }
    const object = fileOf(run.files, "unit.o");
    objects[`unit-${index}.o`] = object;
    compiledObjects.set(key, object);
    if (known === undefined) cache.write(key, object);
  }
  if (failures.length > 0) throw new DiagnosticError(failures);
  const linked = await runClang(["wasm-ld", ...Object.keys(objects), ...LINK], objects);
  if (!linked.ok) throw linkError(linked.words);
  return {
    image: fileOf(linked.files, "image.wasm"),
    sizes: sumSizes(request.units, wasmKeptSections(new TextDecoder().decode(fileOf(linked.files, "map")))),
    stackBytes: () => undefined,
    interruptStackBytes: () => 0,
  };
}

/** Objects of this process by what they were compiled from: from one policy to the next, most of the firmware stays the same. */
const compiledObjects = new Map<string, Uint8Array>();

type ClangRun = { readonly ok: true; readonly files: Tree } | { readonly ok: false; readonly words: string };

/** How much a function of WebAssembly runs before V8 optimises it (its own setting is a hundredth): for the few units of a firmware,
 * optimising LLVM takes more of the processor than all that LLVM does. */
const TIERING_BUDGET = 180_000_000;

async function runClang(command: string[], files: Tree): Promise<ClangRun> {
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  const { runLLVM, Exit } = await import("@yowasp/clang");
  const decoder = new TextDecoder();
  let words = "";
  const print = (bytes: Uint8Array | null): void => void (words += bytes === null ? "" : decoder.decode(bytes, { stream: true }));
  try {
    // Without fetchProgress the package prints its own progress on the console.
    const result = await runLLVM(command, files, { stdout: print, stderr: print, fetchProgress: () => undefined });
    assert(result !== undefined, "clang left no files");
    return { ok: true, files: result };
  } catch (thrown) {
    if (thrown instanceof Exit) return { ok: false, words };
    throw thrown;
  }
}

// The package holds one copy of LLVM's state: builds queue up, and a failed one does not hold up the next.
let lastTurn: Promise<unknown> = Promise.resolve();

function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const turn = lastTurn.then(work, work);
  lastTurn = turn.catch(() => undefined);
  return turn;
}

function nestedTree(sources: SourceTree): Tree {
  const root: Tree = {};
  for (const [path, content] of sources) {
    const folders = path.split("/");
    const name = folders.pop() as string;
    let folder = root;
    for (const each of folders) folder = (folder[each] ??= {}) as Tree;
    folder[name] = content;
  }
  return root;
}

function fileOf(files: Tree, name: string): Uint8Array {
  const file = files[name];
  if (typeof file === "string") return new TextEncoder().encode(file);
  assert(file instanceof Uint8Array, `clang left no ${name}`);
  return file;
}

async function packageVersion(): Promise<string> {
  const bundle = createRequire(import.meta.url).resolve("@yowasp/clang");
  const manifest = await readFile(path.join(path.dirname(bundle), "..", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
