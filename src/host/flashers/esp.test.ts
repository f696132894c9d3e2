import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Board, EspChip, FlashMethod } from "../../artifacts/board.ts";
import { DiagnosticError, type Diagnostic } from "../../core/diagnostic.ts";
import { inParallel } from "../../core/in-parallel.ts";
import { silentProgress, type FlashPiece, type FlashReport, type Progress } from "../../core/io.ts";
import { loadBoard } from "../boards.ts";
import { withPair } from "../ports/testing/pty-pair.ts";
import { realEspSystem } from "./esp-connect.ts";
import { espFlasher } from "./esp.ts";
import { espBuild } from "./testing/esp-build.ts";
import { EspLine, plugIntoPty, type EspCable } from "./testing/esp-rom-line.ts";
import { EspRom, type EspFaults } from "./testing/esp-rom.ts";

type EspMethod = Extract<FlashMethod, { readonly method: "esptool" }>;

const BOARDS = fileURLToPath(new URL("../../../boards", import.meta.url));
const BOARD_OF: Readonly<Record<EspChip, string>> = { ESP32: "esp32", "ESP32-S3": "esp32s3", "ESP32-C3": "esp32c3", "ESP32-C6": "esp32c6" };

async function boardWith(chip: EspChip): Promise<{ board: Board; method: EspMethod }> {
  const board = await loadBoard(BOARDS, BOARD_OF[chip]);
  if (board.flash?.method !== "esptool") throw new Error(`${board.id} is not flashed by esptool`);
  return { board, method: board.flash };
}

interface Flashing {
  readonly chip?: EspChip;
  readonly pieces?: readonly FlashPiece[];
  readonly progress?: Progress;
  readonly baudRate?: number;
}

async function flashOver(
  line: EspLine,
  { chip = "ESP32", pieces = espBuild(chip, 1), progress = silentProgress, baudRate }: Flashing = {},
): Promise<FlashReport> {
  const { board, method } = await boardWith(chip);
  const request = { pieces, folder: "/", device: line.path, volume: null, ...(baudRate === undefined ? {} : { baudRate }) };
  return espFlasher(board, method, line).flash(request, progress);
}

function converter(chip: EspChip = "ESP32", faults: EspFaults = {}): EspLine {
  return new EspLine(new EspRom(chip, "program", faults));
}

async function refusal(work: Promise<unknown>): Promise<Diagnostic> {
  const error: unknown = await work.then(
    () => new Error("it was flashed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DiagnosticError)) throw error as Error;
  expect(error.diagnostics).toHaveLength(1);
  return error.diagnostics[0] as Diagnostic;
}

function holds(rom: EspRom, { bytes, address }: FlashPiece): boolean {
  return Buffer.compare(rom.flash.bytes.subarray(address ?? 0, (address ?? 0) + bytes.length), bytes) === 0;
}

function expectHolds(rom: EspRom, pieces: readonly FlashPiece[]): void {
  expect(pieces.filter((piece) => !holds(rom, piece)).map(({ name }) => name)).toEqual([]);
}

const printed = vi.fn();

beforeEach(() => {
  for (const method of ["log", "info", "warn", "error", "debug"] as const) vi.spyOn(console, method).mockImplementation(printed);
  vi.spyOn(process.stdout, "write").mockImplementation(printed);
  vi.spyOn(process.stderr, "write").mockImplementation(printed);
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(printed, "something was printed").not.toHaveBeenCalled();
});

describe("a board is flashed", () => {
  test.each([
    ["ESP32", "converter"],
    ["ESP32-S3", "usb"],
    ["ESP32-C3", "usb"],
    ["ESP32-C6", "usb"],
    ["ESP32-C3", "converter"],
  ] as const)("%s at its %s", async (chip, kind) => {
    const line = new EspLine(new EspRom(chip, "program"), { kind });
    const pieces = espBuild(chip, 7);
    expect(await flashOver(line, { chip, pieces })).toEqual({ verified: "MD5 of the chip's flash" });
    expectHolds(line.rom, pieces);
    expect(line.rom.violations).toEqual([]);
    expect(line.rom.state).toBe("program");
    expect(line.rom.resets).toBeGreaterThanOrEqual(2); // into the bootloader, and out of it
  });

  test("over a pseudo-terminal, which has no reset lines: the bootloader is there already", () =>
    withPair(async ([end, other]) => {
      const { board, method } = await boardWith("ESP32-C3");
      const rom = new EspRom("ESP32-C3");
      const unplug = await plugIntoPty(rom, other);
      const pieces = espBuild("ESP32-C3", 2);
      await espFlasher(board, method, realEspSystem).flash({ pieces, folder: "/", device: end, volume: null }, silentProgress);
      expectHolds(rom, pieces);
      expect(rom.violations).toEqual([]);
      await unplug();
    }));

  test("again, without a reset in between: the stub is running still", () =>
    withPair(async ([end, other]) => {
      const { board, method } = await boardWith("ESP32");
      const rom = new EspRom("ESP32");
      const unplug = await plugIntoPty(rom, other);
      for (const seed of [5, 6]) {
        const pieces = espBuild("ESP32", seed, 8_192);
        await espFlasher(board, method).flash({ pieces, folder: "/", device: end, baudRate: 115_200, volume: null }, silentProgress);
        expectHolds(rom, pieces);
        expect(rom.state).toBe("stub");
      }
      expect(rom.violations).toEqual([]);
      await unplug();
    }));

  test("at 460,800 baud, or as fast as was asked for", async () => {
    const line = converter();
    const rates: number[] = [];
    const watched: Progress = { ...silentProgress, update: () => rates.push(line.rom.baudRate) };
    await flashOver(line, { progress: watched });
    expect(rates.at(-1)).toBe(460_800);
    await flashOver(line, { progress: watched, baudRate: 230_400 });
    expect(rates.at(-1)).toBe(230_400);
  });

  test("slowly, where the line fails at the fast rate", async () => {
    const line = converter("ESP32", { highestBaudRate: 230_400 });
    const pieces = espBuild("ESP32", 3);
    await flashOver(line, { pieces });
    expectHolds(line.rom, pieces);
    expect(line.rom.resets).toBeGreaterThanOrEqual(3); // once more, as it heard nothing any more
  });

  test("behind one bar over all bytes", async () => {
    const pieces = espBuild("ESP32", 4);
    const events: string[] = [];
    let shown = 0;
    await flashOver(converter(), {
      pieces,
      progress: {
        start: (label, total) => events.push(`${label}: ${total}`),
        update: (done, detail) => {
          expect(done).toBeGreaterThanOrEqual(shown);
          shown = done;
          if (events.at(-1) !== detail) events.push(detail ?? "");
        },
        finish: () => events.push("finished"),
      },
    });
    const total = pieces.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 4) * 4, 0);
    expect(shown).toBe(total);
    expect(events).toEqual([
      `flashing ESP32 DevKit: ${total}`,
      "connecting",
      "partition-table.bin",
      "firmware.bin",
      "bootloader.bin",
      "finished",
    ]);
  });

  test("at the chip's own USB its watchdogs are calmed, and it is not held in the bootloader", async () => {
    const line = new EspLine(new EspRom("ESP32-S3", "program"), { kind: "usb" });
    line.rom.registers.set(0x60008098, 0x8000_0000).set(0x6000812c, 1);
    await flashOver(line, { chip: "ESP32-S3" });
    expect(line.rom.registers.get(0x60008098)).toBe(0);
    expect(line.rom.registers.get(0x600080b4)).toBe(0x8000_0000);
    expect(line.rom.registers.get(0x6000812c)).toBe(0);
  });
});

describe("a board is not flashed, and the reason is", () => {
  test.each([
    ["missing", "flash-no-port"],
    ["forbidden", "flash-no-permission"],
    ["busy", "flash-port-in-use"],
  ] as const)("a port that is %s", async (refuses, code) => {
    const line = new EspLine(new EspRom("ESP32"), { kind: "converter", refuses });
    expect(await refusal(flashOver(line))).toMatchObject({ code, severity: "error" });
  });

  test("no port at all", async () => {
    const { board, method } = await boardWith("ESP32");
    const request = { pieces: espBuild("ESP32", 1), folder: "/", device: null, volume: null };
    const { code, message } = await refusal(espFlasher(board, method, converter()).flash(request, silentProgress));
    expect(code).toBe("flash-no-port");
    expect(message).toContain("/dev/ttyUSB0");
  });

  test("a bootloader that does not answer: with the button", async () => {
    const { code, hint } = await refusal(flashOver(converter("ESP32", { silent: true })));
    expect(code).toBe("flash-no-bootloader");
    expect(hint).toContain("hold BOOT, press EN (or RESET), let go of BOOT");
  });

  test("another chip, which then runs its own program again", async () => {
    const line = converter("ESP32-C3");
    const { code, message } = await refusal(flashOver(line));
    expect(code).toBe("flash-wrong-chip");
    expect(message).toContain("this is a ESP32-C3");
    expect(line.rom.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
    expect(line.rom.state).toBe("program");
  });

  test("an image for another chip: before anything is opened", async () => {
    const line = new EspLine(new EspRom("ESP32"), { kind: "converter", refuses: "missing" });
    const [bootloader, table, firmware] = [...espBuild("ESP32", 1).slice(0, 2), ...espBuild("ESP32-C6", 1).slice(2)];
    const { code, message } = await refusal(flashOver(line, { pieces: [bootloader, table, firmware] as FlashPiece[] }));
    expect(code).toBe("flash-wrong-image");
    expect(message).toContain("firmware.bin was built for the ESP32-C6");
  });

  test("a bootloader that is no image", async () => {
    const [bootloader, ...others] = espBuild("ESP32", 1);
    const empty = { ...(bootloader as FlashPiece), bytes: new Uint8Array(1000) };
    const { code, message } = await refusal(flashOver(converter(), { pieces: [empty, ...others] }));
    expect(code).toBe("flash-wrong-image");
    expect(message).toContain("bootloader.bin is no image");
  });

  test("an image that is larger than the chip's flash", async () => {
    const line = converter();
    const pieces = espBuild("ESP32", 1).map((piece) => (piece.name === "firmware.bin" ? { ...piece, address: 4 * 2 ** 20 - 4096 } : piece));
    const { code, message } = await refusal(flashOver(line, { pieces }));
    expect(code).toBe("flash-image-too-large");
    expect(message).toContain("4194304");
    expect(line.rom.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  });

  test.each([
    ["does not take the stub", { refusesStub: true }],
    ["is locked by its fuses", { secureDownload: true }],
    ["finds no flash chip", { noFlashChip: true }],
  ])("a bootloader that %s", async (_, faults) => {
    expect(await refusal(flashOver(converter("ESP32-C3", faults), { chip: "ESP32-C3" }))).toMatchObject({ code: "flash-refused" });
  });

  test("a flash that does not hold what was written", async () => {
    const line = converter();
    line.rom.flash.weakAddress = 0x10000 + 4321;
    const { code, message } = await refusal(flashOver(line));
    expect(code).toBe("flash-not-verified");
    expect(message).toContain("firmware.bin");
    expect(line.rom.flash.bytes[0x1000]).toBe(0xff); // and so the chip starts nothing
  });

  test("a bootloader that falls silent in the midst of it", async () => {
    const sound = converter();
    let silentAfterBytes = 0;
    const untilFirmware: Progress = {
      ...silentProgress,
      update: (_done, detail) => (silentAfterBytes ||= detail === "firmware.bin" ? sound.rom.receivedBytes : 0),
    };
    await flashOver(sound, { progress: untilFirmware });
    const { code, message } = await refusal(flashOver(converter("ESP32", { silentAfterBytes })));
    expect(code).toBe("flash-interrupted");
    expect(message).toContain("its bootloader answers no more (3 % were written)");
  });
});

test("a flash that is cut at any point is either untouched or starts nothing, and can be repeated", async () => {
  const [before, after] = [espBuild("ESP32", 10), espBuild("ESP32", 11)];
  const start = async (cable: EspCable): Promise<EspLine> => {
    const line = new EspLine(new EspRom("ESP32", "program"), cable);
    for (const { bytes, address } of before) line.rom.flash.program(address ?? 0, bytes);
    return Promise.resolve(line);
  };
  const whole = await start({ kind: "converter" });
  await flashOver(whole, { pieces: after });
  const CUTS = 12;
  await inParallel([...Array(CUTS).keys()], 4, async (index) => {
    const cut = await start({ kind: "converter", cutAfterBytes: Math.floor((whole.rom.receivedBytes * (index + 0.5)) / CUTS) });
    const { code } = await refusal(flashOver(cut, { pieces: after }));
    expect(code).toBe("flash-interrupted");
    const untouched = before.every((piece) => holds(cut.rom, piece));
    if (!untouched && cut.rom.flash.bytes[0x1000] === 0xe9) expectHolds(cut.rom, after.slice(1)); // the bootloader came last
    await flashOver(new EspLine(cut.rom), { pieces: after });
    expectHolds(cut.rom, after);
    expect(cut.rom.violations).toEqual([]);
  });
});
