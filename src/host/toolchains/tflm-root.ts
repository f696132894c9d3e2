// TensorFlow Lite Micro on this computer: C++ that needs it in, what the built program prints out. Environment:
//   TFLM_ROOT     a checkout of tensorflow/tflite-micro where its own Makefile has built `microlite`: third-party headers are in
//                 tensorflow/lite/micro/tools/make/downloads, the static library is in gen/*/lib
//   TFLM_LIBRARY  the library, where it stands elsewhere

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { runError, usageError, type DiagnosticError } from "../../core/diagnostic.ts";
import type { BuildRequest } from "../../core/io.ts";
import { runTool, type Tool } from "../run-tool.ts";
import { withTemporaryFolder, writeSourceTree } from "../temporary-folder.ts";

export interface TflmRoot {
  /** For the compiler: TensorFlow Lite Micro's own flags, and its headers as a system's, whose warnings are not ours. */
  readonly flags: readonly string[];
  /** The static library. */
  readonly library: string;
}

const DOWNLOADS = "tensorflow/lite/micro/tools/make/downloads";
const HEADERS = ["", `${DOWNLOADS}/flatbuffers/include`, `${DOWNLOADS}/gemmlowp`, `${DOWNLOADS}/ruy`];
const FLAGS = ["-std=c++17", "-fno-rtti", "-fno-exceptions", "-fno-threadsafe-statics", "-DTF_LITE_STATIC_MEMORY"];
const LIBRARY = "libtensorflow-microlite.a";

const COMPILER: Tool = {
  name: "c++",
  purpose: "C++ programs for this machine: measuring TensorFlow Lite Micro's arena",
  install: { debian: "sudo apt install g++", macos: "xcode-select --install", windows: "winget install LLVM.LLVM, or use WSL" },
};

/** Null where TFLM_ROOT is not set. @throws DiagnosticError when there is no library. */
export function tflmRoot(environment: NodeJS.ProcessEnv = process.env): TflmRoot | null {
  const { TFLM_ROOT: root, TFLM_LIBRARY: named } = environment;
  if (root === undefined || root === "") return null;
  const made = path.join(root, "gen");
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...(existsSync(made) ? readdirSync(made).map((target) => path.join(made, target, "lib", LIBRARY)) : []),
  ];
  const library = candidates.find((candidate) => existsSync(candidate));
  if (library === undefined) {
    throw usageError(
      "tflm-library-missing",
      `TFLM_ROOT is ${root}, and there is no gen/*/lib/${LIBRARY} in it`,
      "build it there with `make -f tensorflow/lite/micro/tools/make/Makefile microlite`, set TFLM_LIBRARY, or unset TFLM_ROOT",
    );
  }
  return { flags: [...FLAGS, ...HEADERS.flatMap((folder) => ["-isystem", path.resolve(root, folder)])], library: path.resolve(library) };
}

/** The number that the program prints. @throws DiagnosticError when it doesn't build, or fails. */
export async function runWithTflm(request: BuildRequest, { flags, library }: TflmRoot): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    writeSourceTree(folder, request.sources);
    const includes = request.includes.map((each) => `-I${each}`);
    const built = await runTool(COMPILER, ["-O1", ...flags, ...includes, ...request.units, library, "-lm", "-o", "program"], folder);
    if (!built.ok) throw failed(`does not build with TFLM_ROOT: ${built.words.split("\n")[0] ?? ""}`);
    const ran = await runTool({ ...COMPILER, name: path.join(folder, "program") }, [], folder);
    const bytes = ran.ok ? Number(ran.stdout) : NaN;
    if (!Number.isInteger(bytes)) throw failed(`does not run in it`);
    return bytes;
  });
}

function failed(what: string): DiagnosticError {
  return runError(
    "tflm-not-measured",
    `the policy for TensorFlow Lite Micro ${what}`,
    "check the checkout in TFLM_ROOT (it was tried with tflite-micro 90b983c2b), or unset TFLM_ROOT: the arena is then counted, not measured",
  );
}
