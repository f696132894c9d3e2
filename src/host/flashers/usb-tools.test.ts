// dfu-util, teensy_loader_cli and arduino-cli. The first two want USB, and where there is none the real ones say so; what they do with
// a board is a script's matter, which checks what it is asked and prints what they print.

import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { requires } from "../../../tests/requires.ts";
import type { Board } from "../../artifacts/board.ts";
import { silentProgress } from "../../core/io.ts";
import { loadBoard } from "../boards.ts";
import { writeIntelHex } from "../intel-hex.ts";
import { boardsFolder } from "../package-files.ts";
import { withFolder, withPair } from "../ports/testing/pty-pair.ts";
import { arduinoCliFlasher } from "./arduino-cli.ts";
import { dfuUtilFlasher } from "./dfu-util.ts";
import { teensyLoaderFlasher } from "./teensy-loader.ts";
import { begins, failureOf, pattern, ProgressLog, requestOf, standIn } from "./testing/flash-bench.ts";

const PROGRAM = pattern(3000);
const DFU = { method: "dfu-util", alternate: 0, touch: false } as const;
const TEENSY = { method: "teensy-loader", mcu: "TEENSY41" } as const;

let unor4: Board;
let teensy: Board;
let nano: Board;

beforeAll(async () => {
  unor4 = await loadBoard(boardsFolder, "unor4");
  teensy = await loadBoard(boardsFolder, "teensy41");
  nano = await loadBoard(boardsFolder, "nano33ble");
});

describe.skipIf(requires("dfu-util"))("the real dfu-util", () => {
  it("understands what it is asked, and finds no board", async () => {
    const { code, hint } = await failureOf(dfuUtilFlasher(unor4, DFU).flash(requestOf("firmware.bin", PROGRAM), silentProgress));
    expect(code).toBe("flash-no-bootloader");
    expect(hint).toContain("press RESET twice");
  });

  it("tells its version", async () => {
    expect(await dfuUtilFlasher(unor4, DFU).probe()).toMatchObject([
      { found: true, version: expect.stringMatching(/^dfu-util \d/) as string },
    ]);
  });
});

describe("dfu-util", { concurrent: true }, () => {
  const bar = String.raw`printf 'Download\t[            ]   0%%            0 bytes\rDownload\t[======      ]  50%%         1500 bytes'`;

  it("is asked for the board in either state, and shows how far it is", () =>
    withFolder(async (folder) => {
      const script = `echo "$*" > ${folder}/asked; cp firmware.bin ${folder}; ${bar}; printf '\\rDownload\t[============] 100%%         3000 bytes\\nDownload done.\\nDone!\\n'`;
      const progress = new ProgressLog();
      const report = await dfuUtilFlasher(unor4, DFU, standIn(folder, "dfu-util", script)).flash(
        requestOf("firmware.bin", PROGRAM),
        progress,
      );
      expect(report).toEqual({ verified: null });
      expect(readFileSync(path.join(folder, "asked"), "utf8")).toBe(
        "--device 2341:0069,2341:0369 --alt 0 --download firmware.bin --reset\n",
      );
      expect(begins(readFileSync(path.join(folder, "firmware.bin")), PROGRAM)).toBe(true);
      expect(progress.bars).toEqual([{ label: `writing ${unor4.name}`, done: 1 }]);
    }));

  it("is asked again after a touch, until the bootloader is there", () =>
    withPair(([device]) =>
      withFolder(async (folder) => {
        const script = `echo x >> ${folder}/times; [ $(wc -l < ${folder}/times) -ge 3 ] || { echo "dfu-util: No DFU capable USB device available" >&2; exit 74; }`;
        const flasher = dfuUtilFlasher(unor4, { ...DFU, touch: true }, standIn(folder, "dfu-util", script));
        await flasher.flash(requestOf("firmware.bin", PROGRAM, { device }), silentProgress);
        expect(readFileSync(path.join(folder, "times"), "utf8")).toBe("x\nx\nx\n");
      }),
    ));

  it.each([
    [`echo "dfu-util: Cannot open DFU device 2341:0369 found on devnum 5 (LIBUSB_ERROR_ACCESS)" >&2; exit 74`, "flash-no-permission"],
    [`${bar}; echo; echo "dfu-util: Error during download get_status (LIBUSB_ERROR_NO_DEVICE)" >&2; exit 74`, "flash-interrupted"],
    [`${bar}; kill -9 $$`, "flash-interrupted"],
    [`echo "state(10) = dfuERROR, status(7) = Programmed memory failed verification"; ${bar}; exit 74`, "flash-not-verified"],
    [`echo "dfu-util: something new" >&2; exit 1`, "flash-failed"],
  ])("says what is wrong: %s", (script, code) =>
    withFolder(async (folder) => {
      const flasher = dfuUtilFlasher(unor4, DFU, standIn(folder, "dfu-util", script));
      const { code: found, hint } = await failureOf(flasher.flash(requestOf("firmware.bin", PROGRAM), silentProgress));
      expect(found).toBe(code);
      if (process.platform === "linux" && code === "flash-no-permission") expect(hint).toContain('ATTR{idVendor}=="2341"');
    }),
  );

  it("may lose the board when all is written", () =>
    withFolder(async (folder) => {
      const script = `${bar}; printf '\\nDownload done.\\nDone!\\nResetting USB to switch back to Run-Time mode\\n'; echo "error resetting after download" >&2; exit 74`;
      const flasher = dfuUtilFlasher(unor4, DFU, standIn(folder, "dfu-util", script));
      expect(await flasher.flash(requestOf("firmware.bin", PROGRAM), silentProgress)).toEqual({ verified: null });
    }));
});

const HEX = writeIntelHex([{ address: 0x60000000, bytes: PROGRAM }]);

describe.skipIf(requires("teensy_loader_cli"))("the real teensy_loader_cli", () => {
  it("understands what it is asked, waits for a Teensy, and is ended when none comes", async () => {
    const progress = new ProgressLog();
    const flasher = teensyLoaderFlasher(teensy, TEENSY, undefined, 1_500);
    const { code, hint } = await failureOf(flasher.flash(requestOf("firmware.hex", HEX), progress));
    expect(code).toBe("flash-no-bootloader");
    expect(hint).toBe("press the button on the Teensy, then flash again");
    expect(progress.bars).toEqual([{ label: "waiting: press the button on the Teensy", done: 0 }]);
    expect(progress.running).toBe(false);
  });

  it("is found", async () => {
    expect(await teensyLoaderFlasher(teensy, TEENSY).probe()).toMatchObject([{ tool: "teensy_loader_cli", found: true }]);
  });
});

describe("teensy_loader_cli", { concurrent: true }, () => {
  it("is asked with the chip's name, and shows that it waits and writes", () =>
    withFolder(async (folder) => {
      const words =
        "Teensy Loader, Command Line, Version 2.2\\nWaiting for Teensy device...\\nFound HalfKay Bootloader\\nProgramming...\\nBooting\\n";
      const script = `echo "$*" > ${folder}/asked; cp firmware.hex ${folder}; printf '${words}'`;
      const progress = new ProgressLog();
      const flasher = teensyLoaderFlasher(teensy, TEENSY, standIn(folder, "teensy_loader_cli", script));
      expect(await flasher.flash(requestOf("firmware.hex", HEX), progress)).toEqual({ verified: null });
      expect(readFileSync(path.join(folder, "asked"), "utf8")).toBe("--mcu=TEENSY41 -w -s -v firmware.hex\n");
      expect(begins(readFileSync(path.join(folder, "firmware.hex")), HEX)).toBe(true);
      expect(progress.bars.at(-1)).toEqual({ label: `writing ${teensy.name}`, done: 1 });
    }));

  it.each([
    [`while :; do echo "Unable to claim interface, check USB permissions"; sleep 0.05; done`, "flash-no-permission"],
    [`printf 'Programming...'; echo "error writing to Teensy" >&2; exit 1`, "flash-interrupted"],
    [`printf 'Programming...'; kill -9 $$`, "flash-interrupted"],
    [`echo "error reading intel hex file" >&2; exit 1`, "flash-failed"],
  ])("says what is wrong: %s", (script, code) =>
    withFolder(async (folder) => {
      const flasher = teensyLoaderFlasher(teensy, TEENSY, standIn(folder, "teensy_loader_cli", script), 1_500);
      expect(await failureOf(flasher.flash(requestOf("firmware.hex", HEX), silentProgress))).toMatchObject({ code });
    }),
  );

  it("may take longer than it may be silent", () =>
    withFolder(async (folder) => {
      const script = `for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done`;
      const flasher = teensyLoaderFlasher(teensy, TEENSY, standIn(folder, "teensy_loader_cli", script), 2_500);
      expect(await flasher.flash(requestOf("firmware.hex", HEX), silentProgress)).toEqual({ verified: null });
    }));
});

describe("arduino-cli", { concurrent: true }, () => {
  it("is asked to upload the files of the build, and to verify", () =>
    withFolder(async (folder) => {
      const script = `echo "$*" > ${folder}/asked; cp firmware.* ${folder}; printf 'Writing 50%%\\rWriting 100%%\\n'`;
      const request = {
        ...requestOf("firmware.bin", PROGRAM, { device: "/dev/null" }),
        pieces: ["firmware.bin", "firmware.hex"].map((name) => ({ name, bytes: PROGRAM, address: null })),
      };
      const progress = new ProgressLog();
      const report = await arduinoCliFlasher(nano, standIn(folder, "arduino-cli", script)).flash(request, progress);
      expect(report).toEqual({ verified: "by the tool of its Arduino core" });
      expect(readFileSync(path.join(folder, "asked"), "utf8")).toBe(
        `upload --fqbn ${nano.frameworks.arduino?.fqbn ?? ""} --port /dev/null --input-file firmware.bin --verify\n`,
      );
      for (const { name } of request.pieces) expect(begins(readFileSync(path.join(folder, name)), PROGRAM)).toBe(true);
      expect(progress.bars).toEqual([{ label: `writing ${nano.name}`, done: 1 }]);
    }));

  it.each([
    [`echo "Error during Upload: platform not installed"; exit 1`, "tool-missing"],
    [`echo "avrdude: ser_open(): can't open device \\"/dev/null\\": Permission denied" >&2; exit 1`, "flash-no-permission"],
    [
      `echo "No device found on ttyACM0"; echo "Error during Upload: Failed uploading: uploading error: exit status 1"; exit 1`,
      "flash-no-bootloader",
    ],
    [`echo "avrdude error: verification mismatch"; exit 1`, "flash-not-verified"],
    [`kill -9 $$`, "flash-interrupted"],
    [`echo "Error during Upload: something new"; exit 1`, "flash-failed"],
  ])("says what is wrong: %s", (script, code) =>
    withFolder(async (folder) => {
      const flasher = arduinoCliFlasher(nano, standIn(folder, "arduino-cli", script));
      expect(await failureOf(flasher.flash(requestOf("firmware.bin", PROGRAM, { device: "/dev/null" }), silentProgress))).toMatchObject({
        code,
      });
    }),
  );
});
