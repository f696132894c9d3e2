// Each way that flashing fails, as one clear sentence and what to do about it. A bootloader that does not answer is left by a button:
// which one, the board's notes say.

import { runError, type DiagnosticError } from "../../core/diagnostic.ts";
import type { Board } from "../../artifacts/board.ts";
import type { Installation } from "../../core/io.ts";
import { openFailure } from "../ports/serial.ts";
import { installHint } from "../run-tool.ts";

/** What was plugged in is not there, or was never named. */
export function noPort(board: Board, seen: readonly string[]): DiagnosticError {
  const others = seen.length === 0 ? "" : ` (here are: ${seen.join(", ")})`;
  return runError(
    "flash-no-port",
    `no ${board.name} is plugged in${others}`,
    "plug it in with a cable that carries data, then look with `reflexarc boards --connected`, or name its port with --port serial:PATH",
  );
}

/** @param udev for those that are no serial device: what goes into /etc/udev/rules.d. */
export function noPermission(device: string, udev?: string): DiagnosticError {
  const group = "sudo usermod -aG dialout $USER, then log out and in again";
  const remedy =
    process.platform !== "linux"
      ? "close other programs that hold it, and try again as a user who may open it"
      : udev === undefined
        ? group
        : `echo '${udev}' | sudo tee /etc/udev/rules.d/60-reflexarc.rules && sudo udevadm control --reload, then plug it in again`;
  return runError("flash-no-permission", `you may not open ${device}`, remedy);
}

export function inUse(device: string): DiagnosticError {
  return runError(
    "flash-port-in-use",
    `${device} is in use by another program`,
    "close the serial monitor, IDE or other reflexarc that holds it",
  );
}

/** The line did not open. @param error in the words of the serialport package. @param seen the devices that are plugged in. */
export function cannotOpen(board: Board, device: string, error: Error, seen: readonly string[]): DiagnosticError {
  switch (openFailure(error.message)) {
    case "missing":
      return noPort(board, seen);
    case "forbidden":
      return noPermission(device);
    case "busy":
      return inUse(device);
    case "unfit":
    case "other":
      return runError("flash-port-unusable", `${device} does not open as a serial line: ${error.message}`, "check the path and the cable");
  }
}

/** @param button what to press: words of the method, such as "hold BOOT, press RESET, let go of BOOT". */
export function noBootloader(board: Board, device: string, button: string): DiagnosticError {
  return runError("flash-no-bootloader", `the bootloader of ${board.name} does not answer on ${device}`, `${button}, then flash again`);
}

export function wrongChip(board: Board, expected: string, found: string): DiagnosticError {
  return runError(
    "flash-wrong-chip",
    `this is a ${found}, and the image is for ${board.name} (${expected}); nothing was written`,
    "choose the right --board or --port: `reflexarc boards --connected`",
  );
}

/** The file itself says what it was built for. @param found null: it is no image at all. */
export function wrongImage(board: Board, name: string, expected: string, found: string | null): DiagnosticError {
  const what = found === null ? "is no image for a chip of this kind" : `was built for the ${found}`;
  return runError(
    "flash-wrong-image",
    `${name} ${what}, and ${board.name} has the ${expected}; nothing was written`,
    `build it again: \`reflexarc build --board ${board.id}\``,
  );
}

/** @param flashBytes that the chip on the board has, as it says itself. */
export function imageTooLarge(board: Board, name: string, endAddress: number, flashBytes: number): DiagnosticError {
  return runError(
    "flash-image-too-large",
    `${name} ends at byte ${endAddress} of the flash, and this ${board.name} has ${flashBytes} bytes; nothing was written`,
    "use a board with more flash, or a smaller policy",
  );
}

/** The bootloader answers, and does not do what writing needs. */
export function bootloaderRefuses(board: Board, details: string): DiagnosticError {
  return runError(
    "flash-refused",
    `the bootloader of ${board.name} refuses: ${details}; nothing was written`,
    "unplug the board, plug it in and flash again; a chip whose fuses lock it (secure download mode) can't be flashed by reflexarc",
  );
}

export function notVerified(board: Board, details: string): DiagnosticError {
  return runError(
    "flash-not-verified",
    `${board.name} does not hold what was written: ${details}`,
    "flash again; if it happens each time, try another cable, another USB socket, or a lower baud rate",
  );
}

/** The line broke, or the bootloader stopped answering, after writing had begun. */
export function interrupted(board: Board, details: string): DiagnosticError {
  return runError(
    "flash-interrupted",
    `flashing ${board.name} did not come to its end: ${details}`,
    "flash again: the bootloader is still there, and nothing else on the board was changed",
  );
}

export function toolMissing(tool: string, board: Board, install: Installation): DiagnosticError {
  return runError("tool-missing", `${tool} is not installed; ${board.name} is flashed with it`, installHint(install));
}

/** The tool failed in a way that is none of the others. */
export function toolFailed(tool: string, board: Board, words: string): DiagnosticError {
  const last = words.trim().split("\n").slice(-5).join("\n");
  return runError("flash-failed", `${tool} could not flash ${board.name}: ${last}`, "try again; `reflexarc doctor` checks the tools");
}

/** @param button what makes the board show its drive. */
export function noVolume(board: Board, volume: string, button: string): DiagnosticError {
  return runError(
    "flash-no-volume",
    `there is no drive ${volume} of ${board.name}`,
    `${button}, then flash again; if it is mounted where reflexarc does not look: --volume FOLDER`,
  );
}

/** @param label of its drive, which the system knows, though nobody mounted it. */
export function notMounted(board: Board, label: string): DiagnosticError {
  return runError(
    "flash-not-mounted",
    `the drive ${label} of ${board.name} is there, and not mounted`,
    `udisksctl mount -b /dev/disk/by-label/${label}, then flash again`,
  );
}

export function severalVolumes(board: Board, folders: readonly string[]): DiagnosticError {
  return runError(
    "flash-several-volumes",
    `more than one ${board.name} waits for a file: ${folders.join(", ")}`,
    "choose one with --volume FOLDER",
  );
}

export function notWritable(folder: string): DiagnosticError {
  return runError(
    "flash-no-permission",
    `you may not write to ${folder}`,
    "unmount it, and mount it as yourself: udisksctl mount -b DEVICE",
  );
}

/** The tool is there, and does not know the board's chip. */
export function toolTooOld(tool: string, board: Board, install: Installation): DiagnosticError {
  return runError("flash-tool-too-old", `${tool} does not know the chip of ${board.name}; nothing was written`, installHint(install));
}

/** The debugger on the board took the file, and could not write the chip. @param reason in its own words. */
export function debuggerFailed(board: Board, reason: string): DiagnosticError {
  return runError(
    "flash-debugger-failed",
    `the debugger of ${board.name} could not write the chip: ${reason.trim()}`,
    "unplug the board, plug it in and flash again; if it happens each time, update the firmware of its debugger",
  );
}
