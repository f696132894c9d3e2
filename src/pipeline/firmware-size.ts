// What a whole firmware takes of its board: a build in, flash, static RAM and stack out, exact; and a refusal of what has no room.

import { runError } from "../core/diagnostic.ts";
import type { BuildRequest, BuildResult } from "../core/io.ts";
import type { Board } from "../artifacts/board.ts";

/** Of the whole image, libraries included. */
export interface FirmwareSize {
  readonly flashBytes: number;
  /** Static. */
  readonly ramBytes: number;
  /** The most that main() and the interrupts need; null where the toolchain can't tell. */
  readonly stackBytes: number | null;
}

/** Null where the toolchain can't tell sizes. */
export function firmwareSize(request: BuildRequest, build: BuildResult): FirmwareSize | null {
  if (build.sizes.size === 0) return null;
  const sizes = [...build.sizes.values()];
  const main = build.stackBytes("main", portFunctions(request));
  const interrupts = build.interruptStackBytes();
  return {
    flashBytes: sizes.reduce((sum, size) => sum + size.code + size.constants, 0),
    ramBytes: sizes.reduce((sum, size) => sum + size.ram, 0),
    stackBytes: main === undefined || interrupts === undefined ? null : main + interrupts,
  };
}

/** @throws DiagnosticError when the image has no room on the board. */
export function requireFit(board: Board, { flashBytes, ramBytes, stackBytes }: FirmwareSize): void {
  const taken = ramBytes + (stackBytes ?? 0);
  if (flashBytes <= board.flashBytes && taken <= board.ramBytes) return;
  const stack = stackBytes === null ? "" : `, ${stackBytes} of it stack`;
  throw runError(
    "image-too-large",
    `the image needs ${flashBytes} bytes of flash and ${taken} of RAM${stack}; ${board.name} has ${board.flashBytes} and ${board.ramBytes}`,
    "make the layers of the policy in robot.ts smaller, or choose a larger board",
  );
}

/** Members of reflex_port and reflex_storage, and what bare_run() rests with: the only pointers that the firmware calls through. */
const POINTEE = /(?:\.(?:read|write|now_us|counter|alive|erase)\s*=\s*|\bbare_run\(\s*&?\w+,\s*)(\w+)\s*[;,)]/g;

/** The functions that the port puts there. */
function portFunctions({ sources }: BuildRequest): readonly string[] {
  const names = new Set<string>();
  for (const [path, content] of sources) {
    if (!path.endsWith(".c") || typeof content !== "string") continue;
    for (const [, name = ""] of content.matchAll(POINTEE)) if (content.includes(`\n${name}(`)) names.add(name);
  }
  return [...names];
}
