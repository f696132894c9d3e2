import { expect, it } from "vitest";
import type { Board } from "../artifacts/board.ts";
import type { ToolStatus } from "../core/io.ts";
import { loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { inspect, isReady, verdict, type Readiness } from "./readiness.ts";

const tool = (name: string): ToolStatus => ({
  tool: name,
  found: false,
  purpose: "a test",
  install: { debian: "apt", macos: "brew", windows: "winget" },
});
const [COMPILER, FLASHER, EMULATOR] = [tool("gcc"), tool("avrdude"), tool("qemu")];

/** A board with these tools missing. */
function reportOf(board: Board, missing: Partial<Readiness["missing"]>): Readiness {
  const all = { build: [], flash: [], emulate: [], ...missing };
  const built = all.build.length === 0;
  const flashed = board.flash !== null && all.flash.length === 0;
  return {
    board,
    framework: board.framework,
    tools: [],
    missing: all,
    built,
    flashed,
    emulated: board.emulator !== null && all.emulate.length === 0,
  };
}

it.each([
  ["uno", {}, true, "can be built and flashed, and run in the emulator"],
  ["uno", { emulate: [EMULATOR] }, true, "can be built and flashed"],
  ["uno", { flash: [FLASHER] }, false, "can be built, and run in the emulator; to flash it, avrdude is missing"],
  ["uno", { flash: [FLASHER], emulate: [EMULATOR] }, false, "can be built; to flash it, avrdude is missing"],
  ["uno", { build: [COMPILER, tool("libc")], flash: [FLASHER] }, false, "can't be built: gcc and libc are missing"],
  ["esp32", {}, true, "can be built and flashed"],
  ["qemu-cortex-m4", {}, true, "can be built, and run in the emulator"],
  ["qemu-cortex-m4", { emulate: [EMULATOR] }, false, "can be built; to run it, qemu is missing"],
  ["cortex-m4", {}, true, "can be built; your own tool puts it on the board"],
])("%s, missing %o: ready %s, %s", async (id, missing, ready, words) => {
  const report = reportOf(await loadBoard(boardsFolder, id), missing);
  expect(verdict(report)).toBe(words);
  expect(isReady(report)).toBe(ready);
});

it("a board's tools are those of its framework: the emulator boots only what our own toolchain makes", async () => {
  const [bare, platformio] = await Promise.all(
    (["bare", "platformio"] as const).map(async (each) => inspect(await loadBoard(boardsFolder, "pico"), each)),
  );
  expect(bare?.tools.map((each) => each.tool)).toContain("arm-none-eabi-gcc");
  expect(platformio?.tools.map((each) => each.tool)).toEqual(["pio"]);
  expect(platformio?.emulated).toBe(false);
});
