// The training engine's WebAssembly: C sources in, engine.wasm beside them out, once for whoever works on reflexarc; everybody else
// finds it in the package.

import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { sha256Hex } from "../core/hash.ts";
import { IoError, type SourceTree } from "../core/io.ts";
import { writeWhole } from "./files.ts";
import { packageRoot } from "./package-root.ts";
import { yowaspClang } from "./toolchains/yowasp-clang.ts";

const FOLDER = join("train", "engines", "wasm");
const NAME = "engine.wasm";

/** Without LLVM's loop strength reduction: it turns offsets, which loads have for nothing, into additions, and a step takes 6 % longer. */
const SPEED = ["-mllvm", "-disable-lsr"];
const FLAGS = [...SPEED, "-fno-builtin", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

/** What `wasmEngine` of train/ takes. @throws IoError when it has not been built. */
export async function trainingEngineBytes(): Promise<Uint8Array> {
  const file = new URL(`../train/engines/wasm/${NAME}`, import.meta.url);
  return readFile(file).catch((cause: unknown) => {
    throw new IoError(`can't read ${file.pathname}`, "run `npm run build`", cause);
  });
}

/** Compiles the engine, unless what is there was made of the very same sources, and leaves it in src/ and, where that exists, in dist/.
 * Several processes may do so at once. */
export async function buildTrainingEngine(): Promise<void> {
  const sources = await readSources();
  const places = ["src", "dist"].map((top) => join(packageRoot, top, FOLDER)).filter((folder) => existsSync(folder));
  const mark = markOf(sources, await compilerVersion());
  const found = await Promise.all(places.map((folder) => readFile(join(folder, NAME)).catch(() => Buffer.alloc(0))));
  const isCurrent = (image: Uint8Array): boolean => Buffer.compare(image.subarray(-mark.length), mark) === 0;
  const image = found.find(isCurrent) ?? Buffer.concat([await compile(sources), mark]);
  await Promise.all(
    places.map(async (folder, index) => {
      if (!isCurrent(found[index] ?? image)) await writeWhole(join(folder, NAME), image);
    }),
  );
}

async function readSources(): Promise<SourceTree> {
  const folder = join(packageRoot, "src", FOLDER);
  const names = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));
}

/** Not the toolchain's own: test runners lack import.meta.resolve. */
async function compilerVersion(): Promise<string> {
  const manifest = join(dirname(createRequire(import.meta.url).resolve("@yowasp/clang")), "..", "package.json");
  return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
}

async function compile(sources: SourceTree): Promise<Uint8Array> {
  const units = [...sources.keys()].filter((name) => name.endsWith(".c"));
  const { image } = await yowaspClang({ flags: FLAGS }).build({ sources, units, includes: ["."], defines: [] });
  return image;
}

/** A custom section of a module, its last: the hash of all that the module was made of. */
function markOf(sources: SourceTree, compiler: string): Uint8Array {
  const name = Buffer.from("reflexarc");
  const hash = Buffer.from(sha256Hex(JSON.stringify([compiler, FLAGS, ...sources])));
  return Buffer.concat([Uint8Array.of(0, 1 + name.length + hash.length, name.length), name, hash]);
}
