// Flashes Arduino boards whose bootloader speaks SAM-BA, by bossac. In: a binary file. Out: the chip's flash, whose checksums
// bossac compares. Debian's bossac knows Atmel's chips alone; Arduino's own, which its tools install, knows the Nano 33 BLE and
// the Uno R4 WiFi (its bootloader calls itself an nRF52840), too: that one is preferred.

import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import type { DiagnosticError } from "../../core/diagnostic.ts";
import type { Flasher, Installation } from "../../core/io.ts";
import type { Tool } from "../run-tool.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { requireDevice } from "./device.ts";
import { interrupted, noBootloader, notVerified, toolFailed, toolTooOld } from "./flash-error.ts";
import { probeFlashTool, runFlashTool, toolProgress, type ToolEnd, type ToolStep } from "./flash-tool.ts";
import { onlyPiece } from "./pieces.ts";
import { enterBootloader } from "./touch.ts";

type BossacMethod = Extract<FlashMethod, { method: "bossac" }>;

const BUTTON = "press RESET twice, quickly";
/** Erasing a megabyte of flash is silent for some seconds. */
const PATIENCE_MS = 30_000;

/** @param toolFolder where Arduino's tools are. */
export function bossacFlasher(board: Board, { touch }: BossacMethod, toolFolder = arduinoToolFolder()): Flasher {
  const tool: Tool = {
    name: "bossac",
    purpose: "flashing Arduino boards with a SAM-BA bootloader: Arduino's own version",
    install: install(board),
  };
  const command = (): Tool => ({ ...tool, name: newestIn(path.join(toolFolder, "bossac")) ?? tool.name });
  return {
    id: "bossac",
    probe: async () => {
      const status = await probeFlashTool(command(), ["--help"], /\(BOSSA\) Version \S+/);
      return [{ ...status, tool: tool.name, found: status.found && /arduino/i.test(status.version ?? "") }];
    },
    flash: (request, progress) =>
      withTemporaryFolder(async (folder) => {
        await writeFile(path.join(folder, "firmware.bin"), onlyPiece(request.pieces, "firmware.bin").bytes);
        const running = await requireDevice(board, request.device);
        const device = touch ? await requireDevice(board, await enterBootloader(board, running, BUTTON)) : running;
        const bar = toolProgress(progress, (text) => stepOf(board, text));
        try {
          const use = { folder, heard: bar.heard, patienceMs: PATIENCE_MS };
          const end = await runFlashTool(board, command(), bossacOptions(device), use);
          if (end.how !== "done") throw failure(board, device, command(), end);
          return { verified: "checksums of the chip's flash compared" };
        } finally {
          bar.finish();
        }
      }),
  };
}

/** As platform.txt of Arduino's cores mbed_nano and renesas_uno has it, and -v to compare. -U: the line is USB, whatever its name. */
function bossacOptions(device: string): readonly string[] {
  return [`--port=${device}`, "-U", "-e", "-w", "-v", "firmware.bin", "-R"];
}

function install(board: Board): Installation {
  const remedy = `arduino-cli core install ${board.frameworks.arduino?.platform ?? "arduino:mbed_nano"}`;
  return { debian: remedy, macos: remedy, windows: remedy };
}

/** Its bar follows the name of the step. */
function stepOf(board: Board, text: string): ToolStep | null {
  const step = [...text.matchAll(/^(Write|Verify) \d+ bytes/gm)].at(-1);
  if (step === undefined) return null;
  const percent = [...text.slice(step.index).matchAll(/\] (\d+)% \(/g)].at(-1)?.[1] ?? "0";
  return { label: `${step[1] === "Write" ? "writing" : "comparing"} ${board.name}`, percent: Number(percent) };
}

function failure(board: Board, device: string, command: Tool, { how, words }: ToolEnd): DiagnosticError {
  if (/Verify failed/.test(words)) return notVerified(board, `bytes that differ: ${/Byte errors: (\d+)/.exec(words)?.[1] ?? "some"}`);
  if (/^(Erase|Write|Verify) /m.test(words)) {
    if (/exceeds flash size/.test(words)) return toolFailed("bossac", board, words);
    return interrupted(board, how === "killed" ? "bossac was killed" : "the bootloader stopped answering");
  }
  // It answered, and bossac can't make out what it is; Debian's asks an nRF52840 what that one does not answer.
  const arduinos = command.name !== "bossac";
  if (/Device unsupported/.test(words) || (!arduinos && /SAM-BA operation failed/.test(words)))
    return toolTooOld("this bossac", board, install(board));
  if (how === "silent" || /No device found|SAM-BA operation failed/.test(words)) return noBootloader(board, device, BUTTON);
  return toolFailed("bossac", board, words);
}

/** Where arduino-cli and the Arduino IDE install the tools of their cores. */
function arduinoToolFolder(): string {
  const data =
    process.platform === "darwin"
      ? path.join(homedir(), "Library/Arduino15")
      : process.platform === "win32"
        ? path.join(process.env["LOCALAPPDATA"] ?? homedir(), "Arduino15")
        : path.join(homedir(), ".arduino15");
  return path.join(data, "packages/arduino/tools");
}

/** The tool's newest version below the folder that is named like it. */
function newestIn(folder: string): string | null {
  const name = `${path.basename(folder)}${process.platform === "win32" ? ".exe" : ""}`;
  const versions = existsSync(folder) ? readdirSync(folder).sort((left, right) => left.localeCompare(right, "en", { numeric: true })) : [];
  const commands = versions.map((version) => path.join(folder, version, name)).filter((command) => existsSync(command));
  return commands.at(-1) ?? null;
}
