// Builds Arduino projects for AVRs with what Debian and Ubuntu package: arduino-builder and arduino-core-avr. No download of Arduino's own
// is needed then.

import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { Board } from "../../artifacts/board.ts";
import type { ProjectBuild, ProjectBuilder } from "../../core/io.ts";
import { probeTool, runTool, type Tool } from "../run-tool.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { arduinoSupport, buildError, OUTPUT_FOLDER, outputFiles, SKETCH_FOLDER } from "./arduino-build.ts";
import { ARDUINO_CLI } from "./arduino-cli.ts";

const ARDUINO_BUILDER: Tool = {
  name: "arduino-builder",
  purpose: "builds projects for Arduino's AVR boards",
  install: { ...ARDUINO_CLI.install, debian: "sudo apt install arduino-builder arduino-core-avr" },
};

/** Where Debian's packages put cores, and how to run ctags. */
const HARDWARE = "/usr/share/arduino/hardware";
const PLATFORM = "/usr/share/arduino-builder";
const CORE = `${HARDWARE}/arduino/avr`;

/** For the boards of the core arduino:avr; null for others. */
export function arduinoBuilder(board: Board): ProjectBuilder | null {
  if (board.frameworks.arduino?.platform !== "arduino:avr") return null;
  return {
    id: ARDUINO_BUILDER.name,
    probe: async () => [
      await probeTool(ARDUINO_BUILDER),
      { tool: "arduino-core-avr", purpose: `Arduino's core for ${board.name}`, install: ARDUINO_BUILDER.install, found: existsSync(CORE) },
    ],
    build: (folder, said) => build(board, folder, said),
  };
}

async function build(board: Board, folder: string, said: (line: string) => void = () => undefined): Promise<ProjectBuild> {
  const output = path.join(folder, OUTPUT_FOLDER);
  mkdirSync(output, { recursive: true });
  return withTemporaryFolder(async (temporary) => {
    // It searches a folder of libraries; the project's neighbours are other projects.
    const library = path.join(temporary, "project");
    symlinkSync(folder, library);
    const options = [
      ...["-compile", "-fqbn", arduinoSupport(board).fqbn, "-hardware", HARDWARE, "-hardware", PLATFORM, "-tools", "/usr/bin"],
      ...["-built-in-libraries", `${CORE}/libraries`, "-libraries", temporary, "-build-path", output],
      // Core 1.8.7 names DECIMAL_DIG, which float.h of Debian 12's avr-gcc 5.4 has for C alone.
      "-prefs=compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__",
      path.join(SKETCH_FOLDER, "robot.ino"),
    ];
    const run = await runTool(ARDUINO_BUILDER, options, folder);
    const words = run.ok ? run.stdout : run.words;
    for (const line of words.split("\n")) if (line !== "") said(line);
    if (!run.ok) throw buildError(folder, board, words, [library]);
    return { files: outputFiles(folder), size: sizeOf(words) };
  });
}

function sizeOf(words: string): ProjectBuild["size"] {
  const [, flash] = /Sketch uses (\d+) bytes/.exec(words) ?? [];
  const [, ram] = /Global variables use (\d+) bytes/.exec(words) ?? [];
  return flash === undefined || ram === undefined ? null : { flashBytes: Number(flash), ramBytes: Number(ram) };
}
