// Flashes boards with an AVR by avrdude, which speaks with their bootloader over the serial port. In: an Intel HEX file. Out: the
// chip's flash, read back by avrdude and compared. What goes wrong is told from avrdude's own words (version 7.1 and later).

import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import type { DiagnosticError } from "../../core/diagnostic.ts";
import type { Flasher } from "../../core/io.ts";
import type { Tool } from "../run-tool.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { requireDevice } from "./device.ts";
import { cannotOpen, interrupted, noBootloader, notVerified, toolFailed, wrongChip } from "./flash-error.ts";
import { probeFlashTool, runFlashTool, toolProgress, type ToolEnd, type ToolStep } from "./flash-tool.ts";
import { onlyPiece } from "./pieces.ts";

type AvrdudeMethod = Extract<FlashMethod, { method: "avrdude" }>;

const AVRDUDE: Tool = {
  name: "avrdude",
  purpose: "flashing boards with an AVR",
  install: {
    debian: "sudo apt install avrdude",
    macos: "brew install avrdude",
    windows: "winget install AVRDudes.AVRDUDE",
  },
};

/** Left alone, it would try for a minute to get into sync, and for longer when the line breaks. */
const IN_VAIN = /attempt 2 of \d+: not in sync|Writing \|[^]*not responding/;
const BUTTON = "press RESET just before you flash, and see that nothing is wired to pins 0 and 1";

export function avrdudeFlasher(board: Board, method: AvrdudeMethod, tool: Tool = AVRDUDE): Flasher {
  return {
    id: "avrdude",
    probe: async () => [await probeFlashTool(tool, ["-?"], /avrdude version [^\s,]+/i)],
    flash: (request, progress) =>
      withTemporaryFolder(async (folder) => {
        const { pieces, baudRate = method.baudRate } = request;
        const device = await requireDevice(board, request.device);
        await writeFile(path.join(folder, "firmware.hex"), onlyPiece(pieces, "firmware.hex").bytes);
        const bar = toolProgress(progress, (text) => stepOf(board, text));
        try {
          const options = avrdudeOptions({ ...method, baudRate }, device);
          const end = await runFlashTool(board, tool, options, { folder, heard: bar.heard, inVain: IN_VAIN });
          if (end.how !== "done") throw failure(board, method, device, end);
          return { verified: "read back and compared" };
        } finally {
          bar.finish();
        }
      }),
  };
}

/** -D: the bootloader erases each page as it writes it, and can't erase the chip. */
function avrdudeOptions({ part, programmer, baudRate }: AvrdudeMethod, device: string): readonly string[] {
  return ["-p", part, "-c", programmer, "-P", device, "-b", String(baudRate), "-D", "-U", "flash:w:firmware.hex:i"];
}

/** Its bar is 50 signs long. What it reads before it writes is the signature. */
function stepOf(board: Board, text: string): ToolStep | null {
  const bars = [...text.matchAll(/(Writing|Reading) \| (#*)/g)];
  const newest = bars.at(-1);
  if (newest === undefined || !bars.some(([, name]) => name === "Writing")) return null;
  return { label: `${newest[1] === "Writing" ? "writing" : "comparing"} ${board.name}`, percent: 2 * (newest[2] ?? "").length };
}

function failure(board: Board, { part }: AvrdudeMethod, device: string, { how, words }: ToolEnd): DiagnosticError {
  const began = /Writing \|/.test(words);
  const opening = /cannot open port .*/i.exec(words)?.[0];
  if (opening !== undefined) return cannotOpen(board, device, new Error(opening), []);
  const signature = /Device signature = (0x[0-9a-f]+)(?: \(probably ([^)]+)\))?/i.exec(words);
  if (/(Expected signature|differs in signature|signature does not match)/i.test(words)) {
    return wrongChip(board, part, signature?.[2] ?? `chip with signature ${signature?.[1] ?? "unknown"}`);
  }
  const difference = /verification (?:mismatch|error).*\s*(.*)/i.exec(words);
  if (difference !== null) return notVerified(board, (difference[1] ?? "").trim());
  if (began) return interrupted(board, how === "killed" ? "avrdude was killed" : "the bootloader stopped answering");
  if (how === "silent" || /not in sync|not responding|out of sync|cannot get into sync|protocol expects/i.test(words))
    return noBootloader(board, device, BUTTON);
  return toolFailed("avrdude", board, words);
}
