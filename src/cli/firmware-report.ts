// What `compile` says of the whole firmware: exact where the board's toolchain is here, else what is expected.

import { DiagnosticError } from "../core/diagnostic.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import { boardToolchain } from "../host/toolchains/toolchains.ts";
import { installHint } from "../host/run-tool.ts";
import type { Terminal } from "../host/terminal.ts";
import { firmwareSize, requireFit, type FirmwareSize } from "../pipeline/firmware-size.ts";
import { buildProject } from "../pipeline/robot-board.ts";
import { readManifest, readRequest, type Firmware } from "./firmware-folder.ts";

/** What a person has written beside it may not compile yet: that is for `build` to say. */
const NOT_BUILT: readonly string[] = ["compile-failed", "link-failed"];

/** The size of the firmware in `folder`, with what the person changed there; null where it can't be built or told here: a note says why.
 * @throws DiagnosticError when the board has no room for it. */
export async function builtSize(firmware: Firmware, folder: string, terminal: Terminal): Promise<FirmwareSize | null> {
  const unknown = (reason: string): null => {
    terminal.note(`the size of the whole firmware is estimated: ${reason}`);
    return null;
  };
  const { board, framework } = firmware;
  const toolchain = framework === "bare" ? boardToolchain(board) : null;
  if (toolchain === null) return unknown(`\`reflexarc build\` tells it, by ${framework}'s own tool`);
  const missing = (await toolchain.probe()).find((tool) => !tool.found);
  if (missing !== undefined) return unknown(`${missing.tool} is not installed (${installHint(missing.install)})`);
  try {
    const request = await readRequest(folder, await readManifest(folder, firmware));
    const size = firmwareSize(request, await buildProject(request, toolchain, terminal.progress, board.id));
    if (size === null) return unknown(`${toolchain.id} does not tell it`);
    requireFit(board, size);
    return size;
  } catch (error) {
    if (error instanceof DiagnosticError && error.diagnostics.every(({ code }) => NOT_BUILT.includes(code))) {
      return unknown(error.diagnostics[0]?.message ?? "it does not build");
    }
    throw error;
  }
}

export function printFirmware(project: FirmwareProject, size: FirmwareSize | null, rateHz: number, terminal: Terminal): void {
  const { board, memory, expectedRamBytes } = project;
  if (memory === null) return;
  const bytes = (value: number): string => `${value.toLocaleString("en")} B`;
  const stack = size === null || size.stackBytes === null ? "a stack not known" : `at most ${bytes(size.stackBytes)} of stack`;
  const ram = size === null ? `about ${bytes(expectedRamBytes ?? 0)}, stack included` : `${bytes(size.ramBytes)} + ${stack}`;
  const seconds = memory.ringTicks / rateHz;
  terminal.table(
    ["", "the whole firmware takes", `${board.name} has`],
    [
      ["flash", size === null ? "unknown" : bytes(size.flashBytes), bytes(board.flashBytes)],
      ["RAM", ram, bytes(board.ramBytes)],
    ],
  );
  const ring = `a ring keeps the last ${memory.ringTicks.toLocaleString("en")} ticks (${Number(seconds.toPrecision(2))} s)`;
  terminal.line(`of that RAM, ${ring}; ${exchange(project)}`);
}

function exchange({ board, runtime, memory }: FirmwareProject): string {
  if (memory?.parameterSlots === 2) return "the policy's parameters can be exchanged while it drives";
  const reason =
    runtime === "tflm"
      ? "TensorFlow Lite Micro keeps them in flash"
      : board.core === "avr"
        ? "an AVR reads them from flash"
        : "there is no room for two of them";
  return `the policy's parameters can't be exchanged: ${reason}`;
}
