// Builds Arduino projects with arduino-cli, version 1 or newer, by its documented interface: `arduino-cli compile --json`. Cores come
// with `arduino-cli core install`.

import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { ArduinoSupport, Board } from "../../artifacts/board.ts";
import { runError, type DiagnosticError } from "../../core/diagnostic.ts";
import { IoError, type ProjectBuild, type ProjectBuilder, type ToolStatus } from "../../core/io.ts";
import { runTool, type Tool } from "../run-tool.ts";
import { arduinoSupport, buildError, installCore, OUTPUT_FOLDER, outputFiles, SKETCH_FOLDER } from "./arduino-build.ts";

export const ARDUINO_CLI: Tool = {
  name: "arduino-cli",
  purpose: "builds projects for Arduino",
  install: {
    debian: "curl -fsSL https://raw.githubusercontent.com/arduino/arduino-cli/master/install.sh | sudo BINDIR=/usr/local/bin sh",
    macos: "brew install arduino-cli",
    windows: "winget install ArduinoSA.CLI",
  },
};

/** For a board that Arduino has a core for. */
export function arduinoCli(board: Board): ProjectBuilder {
  const support = arduinoSupport(board);
  return {
    id: ARDUINO_CLI.name,
    probe: async () => {
      const cli = await probeCli();
      return [cli, await probeCore(support, board, cli.found)];
    },
    build: (folder, said) => build(board, folder, said),
  };
}

/** It has no --version. */
async function probeCli(): Promise<ToolStatus> {
  const { name: tool, purpose, install } = ARDUINO_CLI;
  try {
    const run = await runTool(ARDUINO_CLI, ["version"], ".");
    if (run.ok) return { tool, purpose, install, found: true, version: run.stdout.split("\n")[0] ?? "" };
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
  }
  return { tool, purpose, install, found: false };
}

async function probeCore(support: ArduinoSupport, board: Board, asked: boolean): Promise<ToolStatus> {
  const command = installCore(support);
  const status = {
    tool: support.platform,
    purpose: `Arduino's core for ${board.name}`,
    install: { debian: command, macos: command, windows: command },
  };
  const run = asked ? await runTool(ARDUINO_CLI, ["core", "list", "--json"], ".") : null;
  const { platforms = [] } = (run?.ok === true ? parsed(run.stdout) : null) ?? {};
  const core = platforms.find(({ id }) => id === support.platform);
  return core === undefined ? { ...status, found: false } : { ...status, found: true, version: core.installed_version ?? "" };
}

/** The parts that are read of what it prints: internal/cli/feedback/result of its source. */
interface CliAnswer {
  readonly platforms?: readonly { readonly id?: string; readonly installed_version?: string }[];
  readonly compiler_out?: string;
  readonly compiler_err?: string;
  readonly error?: string;
  readonly builder_result?: {
    readonly build_properties?: readonly string[];
    readonly executable_sections_size?: readonly { readonly name?: string; readonly size?: number }[];
  } | null;
}

async function build(board: Board, folder: string, said: (line: string) => void = () => undefined): Promise<ProjectBuild> {
  const support = arduinoSupport(board);
  rmSync(path.join(folder, OUTPUT_FOLDER), { recursive: true, force: true });
  const options = ["compile", "--json", "--fqbn", support.fqbn, "--library", ".", "--output-dir", OUTPUT_FOLDER, SKETCH_FOLDER];
  const run = await runTool(ARDUINO_CLI, options, folder);
  const answer = parsed(run.ok ? run.stdout : run.words);
  if (answer === null) {
    const words = run.ok ? run.stdout : run.words;
    throw new IoError(`arduino-cli answers other than version 1 does: ${words.slice(0, 500)}`, "update arduino-cli");
  }
  const { compiler_out: out = "", compiler_err: complaints = "", builder_result: result } = answer;
  for (const line of `${out}${complaints}`.split("\n")) if (line !== "") said(line);
  if (!run.ok) throw cliError(board, folder, `${complaints}\n${answer.error ?? ""}`);
  const files = outputFiles(folder);
  if (board.flash?.method === "esptool") files.set("boot_app0.bin", bootApp(folder, result?.build_properties ?? []));
  const bytes = (name: string): number | undefined => result?.executable_sections_size?.find((section) => section.name === name)?.size;
  const [flashBytes, ramBytes] = [bytes("text"), bytes("data")];
  return { files, size: flashBytes === undefined || ramBytes === undefined ? null : { flashBytes, ramBytes } };
}

/** What selects the program among several: of the core itself, never of the sketch. */
function bootApp(folder: string, properties: readonly string[]): Uint8Array {
  const beside = path.join(folder, OUTPUT_FOLDER, "boot_app0.bin");
  const prefix = "runtime.platform.path=";
  const core = properties.find((property) => property.startsWith(prefix))?.slice(prefix.length);
  const file = core === undefined || existsSync(beside) ? beside : path.join(core, "tools/partitions/boot_app0.bin");
  if (!existsSync(file)) throw new IoError("Arduino's core for ESP32 has no boot_app0.bin where it should be", `look for ${file}`);
  return new Uint8Array(readFileSync(file));
}

function cliError(board: Board, folder: string, words: string): DiagnosticError {
  if (!/platform not installed|not found in any known index/i.test(words)) return buildError(folder, board, words);
  return runError(
    "arduino-core-missing",
    `Arduino's core for ${board.name} is not installed: ${words.trim()}`,
    installCore(arduinoSupport(board)),
  );
}

/** JSON that stands between other words, perhaps; null where there is none. */
function parsed(words: string): CliAnswer | null {
  const start = words.search(/^\{/m);
  if (start < 0) return null;
  try {
    return JSON.parse(words.slice(start, words.lastIndexOf("}") + 1)) as CliAnswer;
  } catch {
    return null;
  }
}
