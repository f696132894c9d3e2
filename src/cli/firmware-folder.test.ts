import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { Framework, Runtime } from "../artifacts/board.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import { loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { withTemporaryFolder } from "../host/temporary-folder.ts";
import {
  chooseFirmware,
  compiledBoards,
  firmwareFolder,
  firmwareWords,
  readManifest,
  readRequest,
  writeFirmware,
} from "./firmware-folder.ts";
import { flashPieces, requireFreshImage, writeImage } from "./firmware-image.ts";

const BUDGET = {
  flashBytes: { code: 1, constants: 1 },
  ramBytes: 1,
  stackBytes: 1,
  macs: 1,
  instructions: 1,
  microseconds: 1,
  arena: null,
};

async function projectOf(id: string, files: Readonly<Record<string, string>>, personal: string): Promise<FirmwareProject> {
  const board = await loadBoard(boardsFolder, id);
  const request = { sources: new Map(Object.entries(files)), units: Object.keys(files), includes: ["."], defines: [] };
  const about = { board, framework: board.framework, runtime: "c", application: "agent" } as const;
  return { ...about, request, personal: new Set([personal]), budget: BUDGET, memory: null, expectedRamBytes: null };
}

const ESP = { "main/main.c": "new", "main/CMakeLists.txt": "new lists", "sdkconfig.defaults": "new defaults" };

function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

it("is named after board and runtime, and after the framework that is not the board's own", async () => {
  const named = async (board: string, runtime: Runtime, framework?: Framework): Promise<string[]> => {
    const firmware = await chooseFirmware({ board, runtime, ...(framework === undefined ? {} : { framework }) });
    return [firmwareFolder("robot", firmware), firmwareWords(firmware)];
  };
  expect(await named("uno", "c")).toEqual([path.join("robot", "build", "uno-c"), "--board uno"]);
  expect(await named("uno", "c", "bare")).toEqual(await named("uno", "c"));
  expect(await named("esp32", "tflm", "arduino")).toEqual([
    path.join("robot", "build", "esp32-arduino-tflm"),
    "--board esp32 --framework arduino --runtime tflm",
  ]);
  await expect(named("uno", "c", "esp-idf")).rejects.toThrow("has no project for esp-idf");
});

it("keeps the person's file, and what an earlier layout called theirs", () =>
  withTemporaryFolder(async (folder) => {
    const older = {
      "main/main.c": "mine",
      "main/CMakeLists.txt": "my lists",
      "sdkconfig.defaults": "new defaults",
      "robot_io.c": "my reading",
    };
    write(folder, { ...older, "reflexarc.json": '{"board": "esp32", "runtime": "c"}' });
    const project = await projectOf("esp32", ESP, "main/main.c");
    expect(await writeFirmware(folder, project, "1")).toEqual({ kept: ["main/main.c"], left: ["robot_io.c", "main/CMakeLists.txt.old"] });
    const text = (name: string): string => readFileSync(path.join(folder, name), "utf8");
    expect(["main/main.c", "main/CMakeLists.txt.old", "main/CMakeLists.txt", "robot_io.c"].map(text)).toEqual([
      "mine",
      "my lists",
      "new lists",
      "my reading",
    ]);
    write(folder, { "main/CMakeLists.txt": "generated, and changed all the same" });
    await writeFirmware(folder, project, "2");
    expect(text("main/CMakeLists.txt.old")).toBe("my lists");
  }));

it("is built from its sources alone, not from what tools left there", () =>
  withTemporaryFolder(async (folder) => {
    const firmware = await chooseFirmware({ board: "uno", runtime: "c" });
    await expect(readManifest(folder, firmware)).rejects.toThrow("there is no firmware project");
    await writeFirmware(folder, await projectOf("uno", { "main.c": "int main;" }, "robot_io.c"), "1");
    write(folder, {
      "robot_io.c": "mine",
      "helper.h": "mine, too",
      "build/CMakeCache.txt": "x",
      ".pio/x.c": "x",
      "image/firmware.hex": "x",
    });
    const request = await readRequest(folder, await readManifest(folder, firmware));
    expect(Object.fromEntries(request.sources)).toEqual({ "main.c": "int main;", "robot_io.c": "mine", "helper.h": "mine, too" });
    expect(request.units).toEqual(["main.c"]);
  }));

it("gives the pieces of an image, but none of another policy than the project's", () =>
  withTemporaryFolder(async (folder) => {
    const firmware = await chooseFirmware({ board: "uno", runtime: "c" });
    await writeFirmware(folder, await projectOf("uno", { "main.c": "" }, "robot_io.c"), "new");
    const manifest = await readManifest(folder, firmware);
    await expect(requireFreshImage(folder, firmware, manifest)).rejects.toThrow("there is no image");
    await writeImage(folder, "old", new Map([["firmware.bin", Uint8Array.of(1)]]));
    await expect(requireFreshImage(folder, firmware, manifest)).rejects.toThrow("holds policy old, and the project was compiled with new");
    await writeImage(folder, "new", new Map([["firmware.hex", Uint8Array.of(2)]]));
    await requireFreshImage(folder, firmware, manifest);
    expect(await flashPieces(folder, firmware)).toEqual([{ name: "firmware.hex", bytes: Buffer.from([2]), address: null }]);
    expect(await readManifest(folder, firmware)).toMatchObject({ board: "uno", framework: "bare", runtime: "c", policyHash: "new" });
  }));

it("tells the boards that were compiled for, the last one first", () =>
  withTemporaryFolder(async (home) => {
    expect(await compiledBoards(home)).toEqual([]);
    for (const [index, name] of ["pico-c", "uno-c", "esp32-c", "uno-tflm"].entries()) {
      const file = `build/${name}/reflexarc.json`;
      write(home, { [file]: JSON.stringify({ board: name.split("-")[0] }, null, 2) });
      utimesSync(path.join(home, file), index, index);
    }
    write(home, { "build/stray/file": "", "build/damaged/reflexarc.json": "{" });
    expect(await compiledBoards(home)).toEqual(["uno", "esp32", "pico"]);
  }));
