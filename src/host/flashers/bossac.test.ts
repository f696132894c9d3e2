import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { requires } from "../../../tests/requires.ts";
import type { Board } from "../../artifacts/board.ts";
import { silentProgress, type BytePort } from "../../core/io.ts";
import { loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { withFolder } from "../ports/testing/pty-pair.ts";
import { bossacFlasher } from "./bossac.ts";
import { begins, failureOf, pattern, ProgressLog, requestOf, standIn, withLine } from "./testing/flash-bench.ts";
import { plugSamBa, SamBa } from "./testing/samba.ts";
import { until } from "./until.ts";

/** Four and a half of the pieces in which bossac writes. */
const PROGRAM = pattern(4 * 4096 + 2000);
const NO_TOUCH = { method: "bossac", touch: false } as const;
/** Where none of Arduino's tools is. */
const NOWHERE = "/nowhere";

let nano: Board;

beforeAll(async () => {
  nano = await loadBoard(boardsFolder, "nano33ble");
});

function plug(model: SamBa): (port: BytePort) => void {
  return (port) => {
    plugSamBa(port, model);
  };
}

// One after the other, and again when one fails: bossac gives some answers a tenth of a second, whatever else the machine has to do.
describe.skipIf(requires("bossac", "socat"))("the real bossac and a model of SAM-BA", { retry: 3 }, () => {
  it("puts the program into the chip, compares it, shows both, and restarts the board", () => {
    const model = new SamBa("SAMD21");
    model.flash.fill(0);
    return withLine(plug(model), async (device) => {
      const progress = new ProgressLog();
      const flasher = bossacFlasher(nano, { method: "bossac", touch: true }, NOWHERE);
      const report = await flasher.flash(requestOf("firmware.bin", PROGRAM, { device }), progress);
      expect(report).toEqual({ verified: "checksums of the chip's flash compared" });
      expect(begins(model.flash, PROGRAM)).toBe(true);
      expect(model.flash.at(-1)).toBe(0xff);
      expect(await until(() => Promise.resolve(model.resets === 1), 10_000)).toBe(true);
      expect(progress.bars).toEqual([
        { label: `writing ${nano.name}`, done: 1 },
        { label: `comparing ${nano.name}`, done: 1 },
      ]);
    });
  });

  it("says which button to press when no bootloader answers", () =>
    withLine(plug(new SamBa("SAMD21", { silent: true })), async (device) => {
      const flasher = bossacFlasher(nano, NO_TOUCH, NOWHERE);
      const { code, hint } = await failureOf(flasher.flash(requestOf("firmware.bin", PROGRAM, { device }), silentProgress));
      expect(code).toBe("flash-no-bootloader");
      expect(hint).toMatch(/^press RESET twice/);
    }));

  it("says how to get Arduino's own when it does not know the chip", () => {
    const model = new SamBa("nRF52840");
    return withLine(plug(model), async (device) => {
      const flasher = bossacFlasher(nano, NO_TOUCH, NOWHERE);
      const { code, hint } = await failureOf(flasher.flash(requestOf("firmware.bin", PROGRAM, { device }), silentProgress));
      expect(code).toBe("flash-tool-too-old");
      expect(hint).toBe("arduino-cli core install arduino:mbed_nano");
      expect(model.writes).toBe(0);
      expect(await flasher.probe()).toMatchObject([{ tool: "bossac", found: false }]);
    });
  });

  it("sees a byte that the chip does not hold", () =>
    withLine(plug(new SamBa("SAMD21", { badByte: 1000 })), async (device) => {
      const flasher = bossacFlasher(nano, NO_TOUCH, NOWHERE);
      const { code, message } = await failureOf(flasher.flash(requestOf("firmware.bin", PROGRAM, { device }), silentProgress));
      expect(code).toBe("flash-not-verified");
      expect(message).toContain("bytes that differ: 1");
    }));

  it.each([1, 3, 4])("can be repeated when the board died after piece %i of 5", (pieces) => {
    const model = new SamBa("SAMD21", { diesAfterWrites: pieces });
    return withLine(plug(model), async (device) => {
      const flasher = bossacFlasher(nano, NO_TOUCH, NOWHERE);
      const request = requestOf("firmware.bin", PROGRAM, { device });
      const progress = new ProgressLog();
      expect(await failureOf(flasher.flash(request, progress))).toMatchObject({ code: "flash-interrupted" });
      expect(progress.running).toBe(false);
      model.reset();
      await flasher.flash(request, silentProgress);
      expect(begins(model.flash, PROGRAM)).toBe(true);
    });
  });

  it.each([1, 3, 5])("can be repeated when bossac was killed at piece %i of 5", (pieces) => {
    const model = new SamBa("SAMD21");
    return withFolder((folder) =>
      withLine(plug(model), async (device) => {
        const tools = path.join(folder, "tools");
        mkdirSync(path.join(tools, "bossac/1.9.1-arduino2"), { recursive: true });
        const pidFile = path.join(folder, "pid");
        standIn(path.join(tools, "bossac/1.9.1-arduino2"), "bossac", `echo $$ > ${pidFile}; exec bossac "$@"`);
        const flasher = bossacFlasher(nano, NO_TOUCH, tools);
        const request = requestOf("firmware.bin", PROGRAM, { device });
        model.onWrite = (written) => {
          if (written === pieces) process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
        };
        expect(await failureOf(flasher.flash(request, silentProgress))).toMatchObject({ code: "flash-interrupted" });
        model.onWrite = () => undefined;
        model.reset();
        await flasher.flash(request, silentProgress);
        expect(begins(model.flash, PROGRAM)).toBe(true);
      }),
    );
  });
});

describe("Arduino's own bossac", () => {
  it("is preferred, the newest of it, and asked with what Arduino's cores ask", () =>
    withFolder(async (folder) => {
      for (const version of ["1.7.0-arduino3", "1.9.1-arduino10", "1.9.1-arduino2"]) {
        const place = path.join(folder, "bossac", version);
        mkdirSync(place, { recursive: true });
        standIn(
          place,
          "bossac",
          `echo "(BOSSA) Version ${version}"; echo "${version} $*" > ${folder}/asked; cp firmware.bin ${folder} || true`,
        );
      }
      mkdirSync(path.join(folder, "bossac/2.0-empty"));
      writeFileSync(path.join(folder, "bossac/notes.txt"), "");
      const flasher = bossacFlasher(nano, NO_TOUCH, folder);
      await flasher.flash(requestOf("firmware.bin", PROGRAM, { device: "/dev/null" }), silentProgress);
      expect(readFileSync(path.join(folder, "asked"), "utf8")).toBe("1.9.1-arduino10 --port=/dev/null -U -e -w -v firmware.bin -R\n");
      expect(begins(readFileSync(path.join(folder, "firmware.bin")), PROGRAM)).toBe(true);
      expect(await flasher.probe()).toMatchObject([{ tool: "bossac", found: true, version: "(BOSSA) Version 1.9.1-arduino10" }]);
    }));
});
