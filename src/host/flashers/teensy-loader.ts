// Flashes a Teensy by teensy_loader_cli. In: an Intel HEX file. Out: its bootloader chip has taken each block. A Teensy that runs is
// asked to start its bootloader, where the system lets the tool; else a person presses its button.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import type { DiagnosticError } from "../../core/diagnostic.ts";
import type { Flasher } from "../../core/io.ts";
import type { Tool } from "../run-tool.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { interrupted, noBootloader, noPermission, toolFailed } from "./flash-error.ts";
import { probeFlashTool, runFlashTool, toolProgress, type ToolEnd, type ToolStep } from "./flash-tool.ts";
import { onlyPiece } from "./pieces.ts";

type TeensyMethod = Extract<FlashMethod, { method: "teensy-loader" }>;

const TEENSY_LOADER: Tool = {
  name: "teensy_loader_cli",
  purpose: "flashing a Teensy",
  install: {
    debian: "sudo apt install teensy-loader-cli",
    macos: "brew install teensy_loader_cli",
    windows: "build it from https://github.com/PaulStoffregen/teensy_loader_cli, and put it into a folder of PATH",
  },
};

const BUTTON = "press the button on the Teensy";
/** PJRC's HalfKay bootloader and serial port: https://www.pjrc.com/teensy/00-teensy.rules. */
const UDEV_RULE = 'SUBSYSTEM=="usb", ATTR{idVendor}=="16c0", ATTR{idProduct}=="04*", MODE="0660", GROUP="plugdev", TAG+="uaccess"';
/** It tries again four times a second; at first the system may still be giving the device its rights. */
const IN_VAIN = /(?:(?:check USB permissions|unable to open)\s[^]*?){8}/;
/** The tool itself would wait for ever. */
const PATIENCE_MS = 30_000;

export function teensyLoaderFlasher(board: Board, { mcu }: TeensyMethod, tool: Tool = TEENSY_LOADER, patienceMs = PATIENCE_MS): Flasher {
  return {
    id: "teensy-loader",
    probe: async () => [await probeFlashTool(tool, ["--list-mcus"], /(?!)/)],
    flash: ({ pieces }, progress) =>
      withTemporaryFolder(async (folder) => {
        await writeFile(path.join(folder, "firmware.hex"), onlyPiece(pieces, "firmware.hex").bytes);
        const bar = toolProgress(progress, (text) => stepOf(board, text));
        try {
          const use = { folder, heard: bar.heard, patienceMs, inVain: IN_VAIN };
          // -w: waits for the bootloader; -s: asks a running program to start it; -v: says what it does.
          const end = await runFlashTool(board, tool, [`--mcu=${mcu}`, "-w", "-s", "-v", "firmware.hex"], use);
          if (end.how !== "done") throw failure(board, end);
          return { verified: null };
        } finally {
          bar.finish();
        }
      }),
  };
}

/** It tells nothing of how much is left. */
function stepOf(board: Board, text: string): ToolStep | null {
  if (/^Booting/m.test(text)) return { label: `writing ${board.name}`, percent: 100 };
  if (/^Programming/m.test(text)) return { label: `writing ${board.name}`, percent: 0 };
  return /Waiting for Teensy/.test(text) ? { label: `waiting: ${BUTTON}`, percent: 0 } : null;
}

function failure(board: Board, { how, words }: ToolEnd): DiagnosticError {
  if (/check USB permissions|unable to open$/m.test(words)) return noPermission("the Teensy's USB device", UDEV_RULE);
  if (/^Programming/m.test(words))
    return interrupted(board, how === "killed" ? "teensy_loader_cli was killed" : "the Teensy stopped answering");
  if (how === "silent") return noBootloader(board, "USB", BUTTON);
  return toolFailed("teensy_loader_cli", board, words);
}
