import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { requires } from "../../../tests/requires.ts";
import type { Board } from "../../artifacts/board.ts";
import { loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { withFolder, withPair } from "../ports/testing/pty-pair.ts";
import { readSysfs, type UsbSerialDevice } from "../ports/usb-identity.ts";
import { failureOf } from "./testing/flash-bench.ts";
import { enterBootloader, touch } from "./touch.ts";

const BUTTON = "press RESET twice";

let nano: Board;
let wifi: Board;

beforeAll(async () => {
  nano = await loadBoard(boardsFolder, "nano33ble");
  wifi = await loadBoard(boardsFolder, "unor4wifi");
});

/** What is plugged in, as the kernel shows it. */
class FakeSysfs {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    mkdirSync(path.join(root, "class/tty"), { recursive: true });
  }

  plug(name: string, [vendor, product]: readonly [string, string], socket: string): void {
    const device = path.join(this.root, "devices/usb1", socket);
    mkdirSync(path.join(device, "interface/tty", name), { recursive: true });
    writeFileSync(path.join(device, "idVendor"), `${vendor}\n`);
    writeFileSync(path.join(device, "idProduct"), `${product}\n`);
    writeFileSync(path.join(device, "interface/bInterfaceNumber"), "00\n");
    mkdirSync(path.join(this.root, "class/tty", name));
    symlinkSync(path.join(device, "interface"), path.join(this.root, "class/tty", name, "device"));
  }

  unplug(name: string, socket: string): void {
    rmSync(path.join(this.root, "class/tty", name), { recursive: true });
    rmSync(path.join(this.root, "devices/usb1", socket), { recursive: true });
  }

  /** @param places where the devices really are, by name. */
  list(places: Readonly<Record<string, string>>): readonly UsbSerialDevice[] {
    return readSysfs(this.root).map((device) => {
      const place = places[path.basename(device.path)];
      return place === undefined ? device : { ...device, path: realpathSync(place) };
    });
  }
}

async function speedOf(device: string): Promise<string> {
  return (await execa("stty", ["-F", device, "speed"])).stdout;
}

describe.skipIf(requires("socat", "stty"))("the 1200-baud touch", () => {
  it("opens the port at this speed, and leaves it", () =>
    withPair(async ([device]) => {
      expect(await speedOf(device)).not.toBe("1200");
      await touch(nano, device);
      expect(await speedOf(device)).toBe("1200");
    }));

  it("says why the port does not open", async () => {
    expect(await failureOf(touch(nano, "/dev/none"))).toMatchObject({ code: "flash-no-port" });
  });

  it("finds the bootloader, which has another identity and another port, though another board is in its bootloader, too", () =>
    withPair(([running, loader]) =>
      withFolder(async (folder) => {
        const sysfs = new FakeSysfs(folder);
        const places = { ttyACM0: running, ttyACM1: loader, ttyACM7: "/dev/null" };
        sysfs.plug("ttyACM0", ["2341", "805a"], "1-1");
        sysfs.plug("ttyACM7", ["2341", "005a"], "1-2");
        let looks = 0;
        const list = async (): Promise<readonly UsbSerialDevice[]> => {
          looks += 1;
          if (looks === 1) return sysfs.list(places);
          expect(await speedOf(running)).toBe("1200");
          if (looks === 2) sysfs.unplug("ttyACM0", "1-1");
          if (looks === 4) sysfs.plug("ttyACM1", ["2341", "005a"], "1-1");
          return sysfs.list(places);
        };
        expect(await enterBootloader(nano, running, BUTTON, { list })).toBe(realpathSync(loader));
        expect(looks).toBe(4);
      }),
    ));

  it("is left out where the bootloader is there already", () =>
    withPair(([device]) =>
      withFolder(async (folder) => {
        const sysfs = new FakeSysfs(folder);
        sysfs.plug("ttyACM0", ["2341", "005a"], "1-1");
        expect(await enterBootloader(nano, device, BUTTON, { list: () => Promise.resolve(sysfs.list({ ttyACM0: device })) })).toBe(device);
        expect(await speedOf(device)).not.toBe("1200");
      }),
    ));

  it("keeps the port where the board's USB is a chip of its own", () =>
    withPair(([device]) =>
      withFolder(async (folder) => {
        const sysfs = new FakeSysfs(folder);
        sysfs.plug("ttyACM0", ["2341", "1002"], "1-1");
        expect(await enterBootloader(wifi, device, BUTTON, { list: () => Promise.resolve(sysfs.list({ ttyACM0: device })) })).toBe(device);
        expect(await speedOf(device)).toBe("1200");
      }),
    ));

  it("keeps a port that is no USB device", () =>
    withPair(async ([device]) => {
      expect(await enterBootloader(nano, device, BUTTON, { list: () => Promise.resolve([]) })).toBe(device);
      expect(await speedOf(device)).toBe("1200");
    }));

  it("is given up when no bootloader comes", () =>
    withPair(([device]) =>
      withFolder(async (folder) => {
        const sysfs = new FakeSysfs(folder);
        sysfs.plug("ttyACM0", ["2341", "805a"], "1-1");
        const list = (): Promise<readonly UsbSerialDevice[]> => Promise.resolve(sysfs.list({ ttyACM0: device }));
        expect(await failureOf(enterBootloader(nano, device, BUTTON, { list, patienceMs: 100 }))).toMatchObject({
          code: "flash-no-bootloader",
          hint: `${BUTTON}, then flash again`,
        });
      }),
    ));
});
