// Flashes any board of an Arduino core by `arduino-cli upload`, which runs that core's own tool. In: the files of a build. Out: what
// the core's tool says, with its verification switched on.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Board } from "../../artifacts/board.ts";
import { assert, at } from "../../core/assert.ts";
import type { DiagnosticError } from "../../core/diagnostic.ts";
import type { Flasher } from "../../core/io.ts";
import { openFailure } from "../ports/serial.ts";
import type { Tool } from "../run-tool.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { ARDUINO_CLI, arduinoCli } from "../toolchains/arduino-cli.ts";
import { requireDevice } from "./device.ts";
import { cannotOpen, interrupted, noBootloader, notVerified, toolFailed, toolMissing } from "./flash-error.ts";
import { runFlashTool, toolProgress, type ToolEnd, type ToolStep } from "./flash-tool.ts";

export function arduinoCliFlasher(board: Board, tool: Tool = ARDUINO_CLI): Flasher {
  const { arduino } = board.frameworks;
  assert(arduino !== undefined, `${board.id} is no Arduino`);
  return {
    id: "arduino-cli",
    probe: () => arduinoCli(board).probe(),
    flash: ({ pieces, device }, progress) =>
      withTemporaryFolder(async (folder) => {
        for (const { name, bytes } of pieces) await writeFile(path.join(folder, name), bytes);
        // Of this file it takes the name without its ending, and looks for the others beside it.
        const file = at(pieces, 0).name;
        const port = await requireDevice(board, device);
        const options = ["upload", "--fqbn", arduino.fqbn, "--port", port, "--input-file", file, "--verify"];
        const bar = toolProgress(progress, (text) => stepOf(board, text));
        try {
          const end = await runFlashTool(board, tool, options, { folder, heard: bar.heard });
          if (end.how !== "done") throw failure(board, port, arduino.platform, end);
          return { verified: "by the tool of its Arduino core" };
        } finally {
          bar.finish();
        }
      }),
  };
}

/** Whichever tool it runs: it tells percents, if anything. */
function stepOf(board: Board, text: string): ToolStep {
  return { label: `writing ${board.name}`, percent: Math.min(100, Number([...text.matchAll(/(\d+) ?%/g)].at(-1)?.[1] ?? 0)) };
}

function failure(board: Board, device: string, platform: string, { how, words }: ToolEnd): DiagnosticError {
  const lastLine = words.trim().split("\n").at(-1) ?? "";
  if (/platform not installed|(platform|core) .*not (installed|found)/i.test(words)) {
    const remedy = `arduino-cli core install ${platform}`;
    return toolMissing(`the core ${platform}`, board, { debian: remedy, macos: remedy, windows: remedy });
  }
  const opening = /.*(?:open|permission|busy).*/i.exec(words)?.[0];
  if (opening !== undefined && openFailure(opening) !== "other") return cannotOpen(board, device, new Error(opening), []);
  if (/verif\w+ (error|failed|mismatch)/i.test(words)) return notVerified(board, lastLine);
  if (how !== "failed") return interrupted(board, how === "silent" ? "arduino-cli said nothing for too long" : "arduino-cli was killed");
  if (/No device found|not in sync|no DFU capable/i.test(words))
    return noBootloader(board, device, "press its reset button twice, quickly");
  return toolFailed("arduino-cli", board, words);
}
