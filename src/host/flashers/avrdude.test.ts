import { readFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { Board, FlashMethod } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import { silentProgress, type BytePort } from "../../core/io.ts";
import { loadBoard } from "../boards.ts";
import { flashImage } from "../flash-image.ts";
import { writeIntelHex } from "../intel-hex.ts";
import { boardsFolder } from "../package-files.ts";
import { packageRoot } from "../package-root.ts";
import { openSerial } from "../ports/serial.ts";
import { withFolder } from "../ports/testing/pty-pair.ts";
import { crossGcc } from "../toolchains/cross-gcc.ts";
import { avrdudeFlasher } from "./avrdude.ts";
import { begins, failureOf, pattern, ProgressLog, requestOf, standIn, withLine } from "./testing/flash-bench.ts";
import { plugOptibootUno, type OptibootUno } from "./testing/optiboot-uno.ts";
import { Optiboot, PAGE_BYTES, plugOptiboot } from "./testing/stk500.ts";
import { until } from "./until.ts";

const PROGRAM = pattern(20 * PAGE_BYTES - 30);

let uno: Board;
let method: Extract<FlashMethod, { method: "avrdude" }>;

beforeAll(async () => {
  uno = await loadBoard(boardsFolder, "uno");
  assert(uno.flash?.method === "avrdude", "an Uno is flashed by avrdude");
  method = uno.flash;
});

function hexRequest(device: string | null, program = PROGRAM): ReturnType<typeof requestOf> {
  return requestOf("firmware.hex", writeIntelHex([{ address: 0, bytes: program }]), { device });
}

function plug(bootloader: Optiboot): (port: BytePort) => void {
  return (port) => {
    plugOptiboot(port, bootloader);
  };
}

// Again when one fails: what a model answers too late, avrdude takes for the answer to its next question.
describe.skipIf(requires("avrdude", "socat", "ps"))("the real avrdude and a model of optiboot", { concurrent: true, retry: 3 }, () => {
  it("puts the program into the chip, compares it, and shows both", () => {
    const bootloader = new Optiboot();
    return withLine(plug(bootloader), async (device) => {
      const progress = new ProgressLog();
      const report = await avrdudeFlasher(uno, method).flash(hexRequest(device), progress);
      expect(report).toEqual({ verified: "read back and compared" });
      expect(begins(bootloader.flash, PROGRAM)).toBe(true);
      expect(bootloader.pagesWritten).toBe(20);
      expect(progress.bars).toEqual([
        { label: "writing Arduino Uno", done: 1 },
        { label: "comparing Arduino Uno", done: 1 },
      ]);
      expect(progress.running).toBe(false);
    });
  });

  it("says which button to press when no bootloader answers", () =>
    withLine(plug(new Optiboot({ silent: true })), async (device) => {
      const { code, hint } = await failureOf(avrdudeFlasher(uno, method).flash(hexRequest(device), silentProgress));
      expect(code).toBe("flash-no-bootloader");
      expect(hint).toMatch(/^press RESET just before/);
    }));

  it("writes nothing to another chip", () => {
    const bootloader = new Optiboot({ signature: [0x1e, 0x94, 0x0b] });
    return withLine(plug(bootloader), async (device) => {
      const { code, message } = await failureOf(avrdudeFlasher(uno, method).flash(hexRequest(device), silentProgress));
      expect(code).toBe("flash-wrong-chip");
      expect(message).toMatch(/^this is a m168p, and the image is for Arduino Uno \(m328p\)/);
      expect(bootloader.pagesWritten).toBe(0);
    });
  });

  it("sees a byte that the chip does not hold", () =>
    withLine(plug(new Optiboot({ badByte: 1000 })), async (device) => {
      const { code, message } = await failureOf(avrdudeFlasher(uno, method).flash(hexRequest(device), silentProgress));
      expect(code).toBe("flash-not-verified");
      expect(message).toContain("0x03e8");
    }));

  it.each([1, 10, 19])("can be repeated when the board died after page %i of 20", (pages) => {
    const bootloader = new Optiboot({ diesAfterPages: pages });
    return withLine(plug(bootloader), async (device) => {
      const flasher = avrdudeFlasher(uno, method);
      const progress = new ProgressLog();
      expect(await failureOf(flasher.flash(hexRequest(device), progress))).toMatchObject({ code: "flash-interrupted" });
      expect(progress.running).toBe(false);
      bootloader.faults = {};
      await flasher.flash(hexRequest(device), silentProgress);
      expect(begins(bootloader.flash, PROGRAM)).toBe(true);
    });
  });

  it.each([1, 10, 20])("can be repeated when avrdude was killed at page %i of 20", (pages) => {
    const bootloader = new Optiboot();
    return withFolder((folder) =>
      withLine(plug(bootloader), async (device) => {
        const pidFile = path.join(folder, "pid");
        const flasher = avrdudeFlasher(uno, method, standIn(folder, "avrdude", `echo $$ > ${pidFile}; exec avrdude "$@"`));
        bootloader.onPage = (written) => {
          if (written === pages) process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
        };
        expect(await failureOf(flasher.flash(hexRequest(device), silentProgress))).toMatchObject({
          code: "flash-interrupted",
          message: expect.stringContaining("avrdude was killed") as string,
        });
        bootloader.onPage = () => undefined;
        await flasher.flash(hexRequest(device), silentProgress);
        expect(begins(bootloader.flash, PROGRAM)).toBe(true);
      }),
    );
  });

  it("ends with the process that started it", () => {
    const bootloader = new Optiboot();
    return withFolder((folder) =>
      withLine(plug(bootloader), async (device) => {
        const pidFile = path.join(folder, "pid");
        const tool = standIn(folder, "avrdude", `echo $$ > ${pidFile}; exec avrdude "$@"`);
        const hex = Buffer.from(writeIntelHex([{ address: 0, bytes: PROGRAM }])).toString("base64");
        const program = `
          import { avrdudeFlasher } from ${JSON.stringify(path.join(packageRoot, "src/host/flashers/avrdude.ts"))};
          import { silentProgress } from ${JSON.stringify(path.join(packageRoot, "src/core/io.ts"))};
          const pieces = [{ name: "firmware.hex", bytes: Buffer.from(${JSON.stringify(hex)}, "base64"), address: null }];
          const request = { pieces, folder: "/", device: ${JSON.stringify(device)}, volume: null };
          await avrdudeFlasher(${JSON.stringify(uno)}, ${JSON.stringify(method)}, ${JSON.stringify(tool)}).flash(request, silentProgress);`;
        const child = execa(process.execPath, [...process.execArgv, "--input-type=module", "-e", program], { reject: false });
        bootloader.onPage = (written) => {
          if (written === 3) child.kill("SIGINT");
        };
        expect(await child).toMatchObject({ signal: "SIGINT" });
        const pid = Number(readFileSync(pidFile, "utf8"));
        expect(await until(async () => !(await isRunning(pid)), 10_000)).toBe(true);
        expect(bootloader.pagesWritten).toBeLessThan(20);
      }),
    );
  });
});

/** A process that has ended but that nobody has asked for its result is as good as gone. */
async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await execa("ps", ["-o", "stat=", "-p", String(pid)], { reject: false });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

describe.concurrent("avrdude's words", () => {
  it.each([
    ["cannot open port D: Permission denied", "flash-no-permission"],
    ["cannot open port D: No such file or directory", "flash-no-port"],
    ["cannot open port D: Device or resource busy", "flash-port-in-use"],
    ["protocol expects OK byte 0x10 but got 0x14", "flash-no-bootloader"],
    ["something new", "flash-failed"],
  ])("%s", (words, code) =>
    withFolder(async (folder) => {
      const tool = standIn(folder, "avrdude", `echo "avrdude OS error: ${words}" >&2; exit 1`);
      expect(await failureOf(avrdudeFlasher(uno, method, tool).flash(hexRequest("/dev/null"), silentProgress))).toMatchObject({ code });
    }),
  );

  it("are asked with what the board's file says", () =>
    withFolder(async (folder) => {
      const tool = standIn(folder, "avrdude", `echo "$*" > ${folder}/asked; cp firmware.hex ${folder}`);
      const request = { ...hexRequest("/dev/null"), baudRate: 57600 };
      await avrdudeFlasher(uno, method, tool).flash(request, silentProgress);
      expect(readFileSync(path.join(folder, "asked"), "utf8")).toBe(
        "-p m328p -c arduino -P /dev/null -b 57600 -D -U flash:w:firmware.hex:i\n",
      );
      expect(new Uint8Array(readFileSync(path.join(folder, "firmware.hex")))).toEqual(request.pieces[0]?.bytes);
    }));

  it("are not needed to see that there is no port, or no avrdude", async () => {
    const missing = { ...standInNowhere(), name: "/nowhere/avrdude" };
    const flasher = avrdudeFlasher(uno, method, missing);
    expect(await failureOf(flasher.flash(hexRequest(null), silentProgress))).toMatchObject({ code: "flash-no-port" });
    expect(await failureOf(flasher.flash(hexRequest("/dev/none"), silentProgress))).toMatchObject({ code: "flash-no-port" });
    expect(await failureOf(flasher.flash(hexRequest("/dev/null"), silentProgress))).toMatchObject({ code: "tool-missing" });
    expect(await flasher.probe()).toMatchObject([{ found: false }]);
  });

  it.skipIf(requires("avrdude"))("tell its version", async () => {
    expect(await avrdudeFlasher(uno, method).probe()).toMatchObject([
      { found: true, version: expect.stringMatching(/avrdude version \d/) as string },
    ]);
  });
});

function standInNowhere(): Omit<ReturnType<typeof standIn>, "name"> {
  return { purpose: "tests", install: { debian: "install it", macos: "install it", windows: "install it" } };
}

describe.skipIf(requires("avrdude", "socat", "avr-gcc"))("a whole Uno on one port", { retry: 3 }, () => {
  it("is flashed, runs the program, and is flashed again while it runs", async () => {
    const { image } = await crossGcc("avr").build(await echoRequest("uno"));
    const hex = flashImage(uno.flash, image);
    assert(hex !== null, "an Uno has an image");
    const plugged: OptibootUno[] = [];
    await withLine(
      (port) => {
        plugged.push(plugOptibootUno(port));
      },
      async (device) => {
        for (let round = 0; round < 2; round++) {
          await avrdudeFlasher(uno, method).flash(requestOf("firmware.hex", hex.bytes, { device }), silentProgress);
          const port = await openSerial(device, 115200);
          const heard: number[] = [];
          port.onData((bytes) => heard.push(...bytes));
          await expect.poll(() => heard, { timeout: 20_000 }).toEqual([0]);
          await port.write(Uint8Array.of(1, 2, 3 + round));
          await expect.poll(() => heard, { timeout: 20_000 }).toEqual([0, 1, 2, 3 + round]);
          await port.close();
        }
      },
    );
    await plugged[0]?.stop();
  });
});
