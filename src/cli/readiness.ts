// Whether this machine can build for a board, flash it, and run it in an emulator: what each takes, and what of it is missing.

import type { ToolStatus } from "../core/io.ts";
import type { Board, Framework } from "../artifacts/board.ts";
import { emulatorFor } from "../host/emulators/emulators.ts";
import { flasherFor } from "../host/flashers/flashers.ts";
import { projectBuilder } from "../host/toolchains/project-builders.ts";
import { boardToolchain } from "../host/toolchains/toolchains.ts";

export interface Readiness {
  readonly board: Board;
  readonly framework: Framework;
  /** All that it takes. */
  readonly tools: readonly ToolStatus[];
  /** What of it is missing, for what. */
  readonly missing: {
    readonly build: readonly ToolStatus[];
    readonly flash: readonly ToolStatus[];
    readonly emulate: readonly ToolStatus[];
  };
  readonly built: boolean;
  /** By us; false for what exists only in the emulator. */
  readonly flashed: boolean;
  readonly emulated: boolean;
}

export async function inspect(board: Board, framework: Framework = board.framework): Promise<Readiness> {
  const builder = framework === "bare" ? boardToolchain(board) : projectBuilder(board, framework);
  const emulator = board.emulator === null || framework !== "bare" ? null : emulatorFor(board.emulator);
  const flasher = board.flash === null ? null : flasherFor(board);
  const probe = (by: { probe(): Promise<readonly ToolStatus[]> } | null): Promise<readonly ToolStatus[]> =>
    by?.probe() ?? Promise.resolve([]);
  const [build, flash, emulate] = await Promise.all([probe(builder), probe(flasher), probe(emulator)]);
  const missing = { build: missingOf(build), flash: missingOf(flash), emulate: missingOf(emulate) };
  return {
    board,
    framework,
    tools: [...build, ...flash, ...emulate],
    missing,
    built: builder !== null && missing.build.length === 0,
    flashed: flasher !== null && missing.flash.length === 0,
    emulated: emulator !== null && missing.emulate.length === 0,
  };
}

function missingOf(tools: readonly ToolStatus[]): readonly ToolStatus[] {
  return tools.filter(({ found }) => !found);
}

/** It can be built, and put to work: on a real board where there is one, else in the emulator. */
export function isReady({ board, built, flashed, emulated }: Readiness): boolean {
  return built && (board.flash === null ? emulated || board.emulator === null : flashed);
}

/** What the person can do. */
export function verdict({ board, missing, built, flashed, emulated }: Readiness): string {
  if (!built) return `can't be built: ${areMissing(missing.build)}`;
  if (flashed && emulated) return "can be built and flashed, and run in the emulator";
  if (flashed) return "can be built and flashed";
  const how = emulated ? "can be built, and run in the emulator" : "can be built";
  if (board.flash !== null) return `${how}; to flash it, ${areMissing(missing.flash)}`;
  if (emulated || board.emulator === null) return emulated ? how : `${how}; your own tool puts it on the board`;
  return `${how}; to run it, ${areMissing(missing.emulate)}`;
}

function areMissing(tools: readonly ToolStatus[]): string {
  return `${tools.map(({ tool }) => tool).join(" and ")} ${tools.length === 1 ? "is" : "are"} missing`;
}
