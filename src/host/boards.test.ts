import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { frameworksOf, type Board } from "../artifacts/board.ts";
import { DiagnosticError } from "../core/diagnostic.ts";
import { listBoards, loadBoard } from "./boards.ts";
import { packageRoot } from "./package-root.ts";

const folder = path.join(packageRoot, "boards");
const boards = await listBoards(folder);
const ids = boards.map(({ id }) => id).join(", ");

/** What people have; the others are emulated, or a kind of board. */
const REAL = [
  ...(["esp32", "esp32s3", "esp32c3", "esp32c6", "nano33ble", "nanoesp32", "pico", "pico2"] as const),
  ...(["unor4", "unor4wifi", "uno", "teensy41", "microbit-v2", "nucleo-f446re"] as const),
];

async function diagnosticsOf(work: Promise<unknown>): Promise<DiagnosticError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DiagnosticError)) throw new Error(`no diagnostic but ${String(error)}`);
  return error;
}

describe("the boards of the package", () => {
  it("are all there", () => {
    expect(boards.map(({ id }) => id)).toEqual(expect.arrayContaining(REAL));
    expect(boards.map(({ id }) => id)).toEqual(expect.arrayContaining(["virtual", "host", "qemu-cortex-m4", "qemu-riscv32"]));
  });

  it("have their ports in firmware/port", () => {
    const ports = boards.flatMap(({ frameworks }) => frameworks.bare?.port ?? []);
    expect(ports.filter((port) => !existsSync(path.join(packageRoot, "firmware", "port", port, "main.c")))).toEqual([]);
  });

  it.each(REAL)("%s can be built and flashed", (id) => {
    const board = boards.find((each) => each.id === id) as Board;
    expect(board.flash).not.toBeNull();
    expect(frameworksOf(board)).toContain("arduino");
    expect(board.clockHz % 1_000_000).toBe(0);
  });

  it("are told apart by their USB identities, but for those that share a bridge or a chip's own USB", () => {
    const shared = new Set(["10c4:ea60", "1a86:7523", "1a86:55d3", "1a86:55d4", "303a:1001"]);
    const owners = new Map<string, Set<string>>();
    for (const { id, usb } of boards)
      for (const { vendor, product } of usb) {
        const identity = `${vendor}:${product}`;
        owners.set(identity, (owners.get(identity) ?? new Set()).add(id));
      }
    const ambiguous = [...owners].filter(([, { size }]) => size > 1).map(([identity]) => identity);
    expect(ambiguous.filter((identity) => !shared.has(identity))).toEqual([]);
    expect(ambiguous).toContain("303a:1001");
  });
});

describe("loading a board", () => {
  it("gives what the file says", async () => {
    expect(await loadBoard(folder, "virtual")).toMatchObject({ core: "wasm32", framework: "bare", emulator: "virtual" });
  });

  it.each([
    ["nano33", `did you mean nano33ble? The boards are ${ids}.`],
    ["Vitrual", `did you mean virtual? The boards are ${ids}.`],
    ["uno-r4", `did you mean unor4? The boards are ${ids}.`],
    ["arduino", `The boards are ${ids}.`],
    ["", `The boards are ${ids}.`],
    ["../package", `The boards are ${ids}.`],
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
    const torn = await diagnosticsOf(loadBoard(broken, "torn"));
    expect(torn.message).toContain("torn.json is not JSON");
    expect(torn.diagnostics[0]?.where).toEqual({ file: path.join(broken, "torn.json") });
    expect((await diagnosticsOf(loadBoard(broken, "empty"))).diagnostics.length).toBeGreaterThan(5);
  });
});
