// Flashes boards whose bootloader speaks USB's own DFU, by dfu-util. In: a binary file. Out: the bootloader has taken each block of
// it. The board is named by its USB identities: dfu-util also finds one that still runs, and asks it to start its bootloader.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Board, FlashMethod, UsbIdentity } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import type { DiagnosticError } from "../../core/diagnostic.ts";
import type { Flasher } from "../../core/io.ts";
import { probeTool, type Tool } from "../run-tool.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { requireDevice } from "./device.ts";
import { interrupted, noBootloader, noPermission, notVerified, toolFailed } from "./flash-error.ts";
import { runFlashTool, toolProgress, type ToolEnd, type ToolStep } from "./flash-tool.ts";
import { onlyPiece } from "./pieces.ts";
import { touch } from "./touch.ts";
import { until } from "./until.ts";

type DfuMethod = Extract<FlashMethod, { method: "dfu-util" }>;

const DFU_UTIL: Tool = {
  name: "dfu-util",
  purpose: "flashing boards whose bootloader speaks DFU",
  install: {
    debian: "sudo apt install dfu-util",
    macos: "brew install dfu-util",
    windows: "download it from https://dfu-util.sourceforge.net, and give the board the driver WinUSB with Zadig",
  },
};

const BUTTON = "press RESET twice, quickly, so that its light pulses";
const NOT_THERE = /No DFU capable USB device available/;
/** From a touch until the bootloader is there. */
const PATIENCE_MS = 10_000;

export function dfuUtilFlasher(board: Board, method: DfuMethod, tool: Tool = DFU_UTIL): Flasher {
  return {
    id: "dfu-util",
    probe: async () => [await probeTool(tool)],
    flash: (request, progress) =>
      withTemporaryFolder(async (folder) => {
        await writeFile(path.join(folder, "firmware.bin"), onlyPiece(request.pieces, "firmware.bin").bytes);
        const touched = method.touch && request.device !== null;
        if (touched) await touch(board, await requireDevice(board, request.device));
        const bar = toolProgress(progress, (text) => stepOf(board, text));
        try {
          let end: ToolEnd | undefined;
          await until(
            async () => {
              end = await runFlashTool(board, tool, dfuOptions(board, method), { folder, heard: bar.heard });
              return !NOT_THERE.test(end.words);
            },
            touched ? PATIENCE_MS : 0,
          );
          assert(end !== undefined, "it was run once, at least");
          // That the board is gone when it is asked to restart is no failure.
          if (end.how !== "done" && !/^Done!$/m.test(end.words)) throw failure(board, end);
          return { verified: null };
        } finally {
          bar.finish();
        }
      }),
  };
}

function dfuOptions(board: Board, { alternate }: DfuMethod): readonly string[] {
  return [
    "--device",
    `${identity(board, "running")},${identity(board, "bootloader")}`,
    "--alt",
    String(alternate),
    "--download",
    "firmware.bin",
    "--reset",
  ];
}

function identity(board: Board, when: UsbIdentity["when"]): string {
  const found = board.usb.find((each) => each.when === when);
  assert(found !== undefined, `${board.id} has no USB identity ${when}`);
  return `${found.vendor}:${found.product}`;
}

function stepOf(board: Board, text: string): ToolStep | null {
  const percent = [...text.matchAll(/Download\s+\[[= ]*\]\s+(\d+)%/g)].at(-1)?.[1];
  return percent === undefined ? null : { label: `writing ${board.name}`, percent: Number(percent) };
}

function failure(board: Board, { how, words }: ToolEnd): DiagnosticError {
  const device = identity(board, "bootloader");
  if (/LIBUSB_ERROR_ACCESS/.test(words)) {
    const vendor = device.slice(0, 4);
    return noPermission(
      `the USB device ${device}`,
      `SUBSYSTEM=="usb", ATTR{idVendor}=="${vendor}", MODE="0660", GROUP="plugdev", TAG+="uaccess"`,
    );
  }
  if (NOT_THERE.test(words)) return noBootloader(board, `USB device ${device}`, BUTTON);
  // The standard's state errVERIFY, in dfu-util's words.
  if (/failed verification/i.test(words)) return notVerified(board, "its bootloader says so");
  if (/Download\s+\[/.test(words)) return interrupted(board, how === "killed" ? "dfu-util was killed" : "the bootloader stopped answering");
  return toolFailed("dfu-util", board, words);
}
