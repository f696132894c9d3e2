// What Arduino's two build tools have in common: where they leave their files and what those are called, and what their words mean
// when they fail.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ArduinoSupport, Board } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { DiagnosticError, runError } from "../../core/diagnostic.ts";
import { IoError } from "../../core/io.ts";
import { compileDiagnostic, linkError } from "./compile-error.ts";

/** The sketch's folder in a project. */
export const SKETCH_FOLDER = "examples/robot";
/** Where a build leaves its files, in the project's folder: `arduino-cli upload --input-dir` takes them from there. */
export const OUTPUT_FOLDER = "build";

/** Behind the sketch's name, which all begin with, and what ProjectBuild calls them. */
const OUTPUTS: readonly (readonly [ending: string, name: string])[] = [
  ["hex", "firmware.hex"],
  ["bin", "firmware.bin"],
  ["uf2", "firmware.uf2"],
  ["bootloader.bin", "bootloader.bin"],
  ["partitions.bin", "partition-table.bin"],
];

/** What the tool left for the board. @throws IoError when that is no firmware. */
export function outputFiles(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [ending, name] of OUTPUTS) {
    const file = path.join(folder, OUTPUT_FOLDER, `robot.ino.${ending}`);
    if (existsSync(file)) files.set(name, new Uint8Array(readFileSync(file)));
  }
  if ([...files.keys()].some((name) => name.startsWith("firmware."))) return files;
  throw new IoError(`the build left no firmware in ${path.join(folder, OUTPUT_FOLDER)}`, "remove that folder and build again");
}

export function arduinoSupport(board: Board): ArduinoSupport {
  const { arduino } = board.frameworks;
  assert(arduino !== undefined, `Arduino has no core for ${board.id}`);
  return arduino;
}

/** How to get the board's core. */
export function installCore({ platform, packageIndex }: ArduinoSupport): string {
  const index = packageIndex === null ? "" : ` --additional-urls ${packageIndex}`;
  return `arduino-cli core update-index${index} && arduino-cli core install ${platform}${index}`;
}

/** Why a project does not build, from what the compiler and the tool said; paths in it are those of the project.
 * @param prefixes of paths, that stand for the project's folder. */
export function buildError(folder: string, board: Board, said: string, prefixes: readonly string[] = []): DiagnosticError {
  const words = [folder, ...prefixes].reduce((text, prefix) => text.replaceAll(`${prefix}${path.sep}`, ""), said).trim();
  const [, file, header] = /^(.+?):\d+:\d+: fatal error: (\S+): No such file/m.exec(words) ?? [];
  if (file !== undefined && header !== undefined) {
    const { tflmLibrary } = arduinoSupport(board);
    const ours = tflmLibrary !== null && file.startsWith("src/");
    const install = ours ? `arduino-cli lib install ${tflmLibrary}` : `look for its library: arduino-cli lib search ${header}`;
    return runError("arduino-library-missing", `${file} needs ${header}, which no installed library has:\n${words}`, install, { file });
  }
  if (/section exceeds available space|Sketch too big|Not enough memory|will not fit in region|region .* overflowed/.test(words))
    return runError(
      "firmware-too-large",
      `the firmware does not fit ${board.name}:\n${words}`,
      "leave out libraries, make the policy smaller, or choose a larger board",
    );
  if (/undefined reference|ld returned|multiple definition/.test(words)) return linkError(words);
  return new DiagnosticError([compileDiagnostic(`${SKETCH_FOLDER}/robot.ino`, words)]);
}
