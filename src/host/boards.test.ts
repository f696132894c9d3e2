import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { existsSync } from "node:fs";
import { DiagnosticError } from "../core/diagnostic.ts";
import { listBoards, loadBoard } from "./boards.ts";
import { packageRoot } from "./package-root.ts";

const folder = path.join(packageRoot, "boards");

const BOARDS = "esp32, host, nano33ble, pico, qemu-cortex-m4, qemu-cortex-m55, qemu-riscv32, qemu-xtensa, uno, virtual";

async function diagnosticsOf(work: Promise<unknown>): Promise<DiagnosticError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DiagnosticError)) throw new Error(`no diagnostic but ${String(error)}`);
  return error;
}

describe("the boards of the package", () => {
  it("are all valid", async () => {
    expect((await listBoards(folder)).map((board) => board.id).join(", ")).toBe(BOARDS);
  });

  it("have their ports in firmware/port", async () => {
    for (const { port } of await listBoards(folder)) {
      expect(port === null || existsSync(path.join(packageRoot, "firmware", "port", port, "main.c"))).toBe(true);
    }
  });
});

describe("loading a board", () => {
  it("gives what the file says", async () => {
    expect(await loadBoard(folder, "virtual")).toMatchObject({ core: "wasm32", toolchain: "yowasp-clang", emulator: "virtual" });
  });

  it.each([
    ["nano33", `did you mean nano33ble? The boards are ${BOARDS}.`],
    ["Vitrual", `did you mean virtual? The boards are ${BOARDS}.`],
    ["teensy41", `The boards are ${BOARDS}.`],
    ["", `The boards are ${BOARDS}.`],
    ["../package", `The boards are ${BOARDS}.`],
  ])("answers %j with what there is", async (id, hint) => {
    const error = await diagnosticsOf(loadBoard(folder, id));
    expect(error.exitCode).toBe(2);
    expect(error.diagnostics).toEqual([expect.objectContaining({ code: "board-unknown", hint })]);
  });
});

describe("a broken board file", async () => {
  const broken = await mkdtemp(path.join(tmpdir(), "reflexarc-test-"));
  afterAll(() => rm(broken, { recursive: true }));

  it("is named, whether it is no JSON or no board", async () => {
    await writeFile(path.join(broken, "torn.json"), '{"id": "torn",');
    await writeFile(path.join(broken, "empty.json"), "{}");
    expect((await diagnosticsOf(loadBoard(broken, "torn"))).message).toContain("torn.json is not JSON");
    expect((await diagnosticsOf(loadBoard(broken, "empty"))).diagnostics.length).toBeGreaterThan(5);
  });
});
