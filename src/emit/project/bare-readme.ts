// README.md of a bare project: what is in it, how it is built with reflexarc and without, and how it gets onto its board.

import { bareSupport, type Board } from "../../artifacts/board.ts";
import { crossCore } from "../../artifacts/gnu-flags.ts";
import { skeleton, type ProjectParts } from "./parts.ts";

/** @param cmake whether the project has a CMakeLists.txt. */
export function bareReadme({ name, board, skeletons }: ProjectParts, cmake: boolean): string {
  const brings = bareSupport(board).port === "cortex-m";
  return skeleton(skeletons, "bare/README.md", {
    ROBOT: name,
    BOARD: board.name,
    YOURS: `what its sensors read and how its actuators move${brings ? "; the board's memory, clock and serial line" : ""}`,
    PORT: brings
      ? "start, time and faults; it asks `robot_io.c` for the rest"
      : "start, clock, serial line, watchdog, storage where it has any",
    BUILD: building(board, cmake),
    FLASH: flashing(board),
  });
}

function building(board: Board, cmake: boolean): string {
  const command = block(`reflexarc build ${named(board)}`);
  const own = `In the robot's folder:\n\n${command}\n\nThat leaves the image, and what the board is flashed with, in \`image/\`.`;
  if (!cmake) return `${own} Its compiler comes with reflexarc; CMake has none for it.`;
  const compiler = compilerName(board);
  const byHand = block("cmake -S . -B build\ncmake --build build");
  const made =
    compiler === "cc"
      ? "That leaves `build/firmware`, a program of this computer."
      : "That leaves `firmware.elf`, `firmware.hex`, `firmware.bin` and `firmware.map` in `build/`: the same program, byte for byte.";
  return `${own}\n\nOr here and without reflexarc, with CMake and \`${compiler}\` (\`reflexarc doctor --board ${board.id}\` says how to get it):\n\n${byHand}\n\n${made}`;
}

function compilerName(board: Board): string {
  return bareSupport(board).toolchain === "cc" ? "cc" : crossCore(board.core).compiler;
}

/** The options that name the project. */
function named({ id, framework }: Board): string {
  return `--board ${id}${framework === "bare" ? "" : " --framework bare"}`;
}

function flashing(board: Board): string {
  const { flash, emulator } = board;
  const own = block(`reflexarc flash ${named(board)}`);
  switch (flash?.method) {
    case "uf2":
      return `${own}\n\ncopies \`firmware.uf2\` to the drive \`${flash.volume}\` that the board shows while its button is held when it is plugged in. That file comes
from \`reflexarc build\` alone: CMake leaves what debuggers take.`;
    case "avrdude":
      return `${own}\n\nor, with the board's port in place of \`PORT\`:\n\n${block(
        `avrdude -p ${flash.part} -c ${flash.programmer} -P PORT -b ${flash.baudRate} -D -U flash:w:build/firmware.hex:i`,
      )}`;
    case "daplink":
      return `${own}\n\nor copy \`build/firmware.${flash.ending}\` to the drive \`${flash.volume}\`, which is there while the board is plugged in.`;
    case undefined:
      return emulator === null
        ? `With the programmer or debugger of your board: it takes \`firmware.elf\`, \`firmware.hex\` or \`firmware.bin\`.`
        : `${own}\n\nboots it in the emulator: there is no such board but that.`;
    default:
      return own;
  }
}

function block(commands: string): string {
  return `\`\`\`sh\n${commands}\n\`\`\``;
}
