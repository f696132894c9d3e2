import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listBoards, loadBoard } from "../boards.ts";
import { boardsFolder } from "../package-files.ts";
import { onlyBoard, runningPort } from "./auto-port.ts";
import { connectedBoards, describeDevice, type ConnectedDevice } from "./connected-boards.ts";
import { findAgain } from "./find-again.ts";
import { FakeSysfs } from "./testing/fake-sysfs.ts";
import { listUsbDevices, type UsbDevice } from "./usb-devices.ts";

let system: FakeSysfs;
let searched: string | undefined;

beforeEach(() => {
  system = new FakeSysfs();
  searched = process.env["PATH"];
  process.env["PATH"] = ""; // no udevadm, and nothing else
});
afterEach(() => {
  system.remove();
  process.env["PATH"] = searched;
});

const list = (): Promise<readonly UsbDevice[]> => listUsbDevices(system.root);

async function connected(access: ConnectedDevice["access"] = "allowed"): Promise<readonly ConnectedDevice[]> {
  return connectedBoards(await listBoards(boardsFolder), list, () => access);
}

/** `id state` of each match. */
const matches = (device: ConnectedDevice): string[] => device.matches.map(({ board, state }) => `${board.id} ${state}`);

const NANO = { identity: "2341:805a", socket: "1-2", serialNumber: "AB12", ports: ["ttyACM0"] };
const NANO_BOOTLOADER = { identity: "2341:005a", socket: "1-2", serialNumber: "AB12", ports: ["ttyACM1"] };
const PICO_BOOTSEL = { identity: "2e8a:0003", socket: "1-3", serialNumber: "E0C9125B0D9B", product: "RP2 Boot" };
const BRIDGE = { identity: "1a86:7523", socket: "1-4", ports: ["ttyUSB0"] };
const S3 = { identity: "303a:1001", socket: "1-5", serialNumber: "34:85:18", ports: ["ttyACM4"] };
const UNKNOWN = { identity: "0403:6001", socket: "1-6", ports: ["ttyUSB7"], product: "FT232R" };

describe("what is plugged in", () => {
  it("may be nothing", async () => {
    expect(await connected()).toEqual([]);
  });

  it("is told by identity: running, in the bootloader, with a serial port or without; hubs, keyboards and foreign drives are not boards", async () => {
    system.plug(NANO).plug(PICO_BOOTSEL).plug(UNKNOWN);
    system.plug({ identity: "1d6b:0002", socket: "usb1", deviceClass: "09" }).plug({ identity: "046d:c31c", socket: "1-7" });
    const [nano, unknown, pico, ...others] = await connected();
    expect(others).toEqual([]);
    expect(nano).toMatchObject({
      path: "/dev/ttyACM0",
      serialNumber: "AB12",
      socket: "1-2",
      access: "allowed",
      node: "/dev/bus/usb/001/001",
    });
    expect(matches(nano as ConnectedDevice)).toEqual(["nano33ble running"]);
    expect(unknown).toMatchObject({ path: "/dev/ttyUSB7", matches: [], product: "FT232R" });
    expect(pico).toMatchObject({ path: null, access: null });
    expect(matches(pico as ConnectedDevice)).toEqual(["pico bootloader"]);
    expect([nano, unknown, pico].map((each) => describeDevice(each as ConnectedDevice))).toEqual([
      "serial:/dev/ttyACM0 (Arduino Nano 33 BLE)",
      "serial:/dev/ttyUSB7 (FT232R, 0403:6001)",
      "Raspberry Pi Pico's bootloader without a serial port",
    ]);
  });

  it("may be one of several boards, and of a bridge nobody knows what is behind it", async () => {
    system.plug(BRIDGE).plug(S3);
    const [s3, bridge] = await connected();
    expect(matches(bridge as ConnectedDevice)).toEqual(expect.arrayContaining(["esp32 either", "uno either"]));
    expect(matches(s3 as ConnectedDevice)).toEqual(expect.arrayContaining(["esp32c3 either", "esp32s3 either", "nanoesp32 either"]));
  });

  it("is one board where it has several ports", async () => {
    system.plug({ ...NANO, ports: ["ttyACM0", "ttyACM1"] });
    expect((await connected()).map(({ path }) => path)).toEqual(["/dev/ttyACM0"]);
  });

  it("says whether it may be opened, and of a bootloader that speaks USB alone, whether that may", async () => {
    system.plug(NANO).plug({ identity: "16c0:0478", socket: "1-1" }).plug(PICO_BOOTSEL);
    expect((await connected("denied")).map(({ access }) => access)).toEqual(["denied", "denied", null]);
  });
});

describe("--port auto", () => {
  it("takes the only board that runs, whatever else is there", async () => {
    system.plug(NANO).plug(PICO_BOOTSEL).plug(UNKNOWN);
    expect(runningPort(await connected(), []).url).toBe("serial:/dev/ttyACM0");
  });

  it("of several takes the one that the project was compiled for", async () => {
    system.plug(NANO).plug(S3);
    expect(runningPort(await connected(), ["esp32s3"]).url).toBe("serial:/dev/ttyACM4");
    expect(runningPort(await connected(), ["nano33ble", "pico"]).url).toBe("serial:/dev/ttyACM0");
  });

  it("lists several, and asks which", async () => {
    system.plug(NANO).plug(S3);
    const devices = await connected();
    for (const preferred of [[], ["nano33ble", "esp32s3"], ["teensy41"]])
      expect(() => runningPort(devices, preferred)).toThrow(/2 boards could be meant: serial:\/dev\/ttyACM0 .*serial:\/dev\/ttyACM4/);
  });

  it("names what is there when nothing fits", async () => {
    expect(() => runningPort([], [])).toThrow("no board that runs is plugged in (nothing is)");
    system.plug(PICO_BOOTSEL).plug(UNKNOWN);
    const devices = await connected();
    expect(() => runningPort(devices, ["pico"])).toThrow(/here are: serial:\/dev\/ttyUSB7 \(FT232R, 0403:6001\), Raspberry Pi Pico's boot/);
  });

  it("of a board that is known finds it in its bootloader, too", async () => {
    system.plug(PICO_BOOTSEL).plug(S3);
    const devices = await connected();
    expect(onlyBoard(devices, "pico")?.socket).toBe("1-3");
    expect(onlyBoard(devices, "nanoesp32")?.path).toBe("/dev/ttyACM4");
    expect(onlyBoard(devices, "uno")).toBeNull();
    system.plug({ ...PICO_BOOTSEL, socket: "1-9" });
    const more = await connected();
    expect(() => onlyBoard(more, "pico")).toThrow("2 boards could be meant");
  });
});

describe("after a flash", () => {
  async function found(id: string, was: string | null): Promise<(now: FakeSysfs) => Promise<string | null>> {
    const board = await loadBoard(boardsFolder, id);
    const before = await list();
    const device = before.find(({ socket }) => socket === was) ?? null;
    expect(device === null).toBe(was === null);
    return async (now) => findAgain({ board, device, before }, await listUsbDevices(now.root));
  }

  it("a Nano 33 BLE is waited for while it is in its bootloader, and has another name then", async () => {
    const find = await found("nano33ble", (system.plug(NANO), "1-2"));
    expect(await find(system.clear())).toBeNull();
    expect(await find(system.plug(NANO_BOOTLOADER))).toBeNull();
    expect(await find(system.clear().plug({ ...NANO, ports: ["ttyACM2"] }))).toBe("/dev/ttyACM2");
  });

  it("one that was in its bootloader is found as it runs, where it tells no serial number by its socket", async () => {
    const runs = { identity: NANO.identity, socket: NANO.socket, ports: NANO.ports };
    const find = await found("nano33ble", (system.plug(NANO_BOOTLOADER), "1-2"));
    expect(await find(system.clear().plug(runs))).toBe("/dev/ttyACM0");
    expect(await find(system.clear().plug({ ...runs, socket: "1-9" }))).toBeNull();
    expect(await find(system.clear().plug({ ...NANO, socket: "1-9" }))).toBe("/dev/ttyACM0");
  });

  it("a Pico that was a drive has a port", async () => {
    const find = await found("pico", (system.plug(PICO_BOOTSEL), "1-3"));
    expect(await find(system)).toBeNull();
    expect(await find(system.clear().plug({ identity: "2e8a:000a", socket: "1-3", serialNumber: "E660", ports: ["ttyACM0"] }))).toBe(
      "/dev/ttyACM0",
    );
  });

  it("is not taken for another of its kind, whatever names both have", async () => {
    const other = { ...NANO, socket: "1-9", serialNumber: "CD34", ports: ["ttyACM1"] };
    const find = await found("nano33ble", (system.plug(NANO).plug(other), "1-2"));
    expect(await find(system.clear().plug({ ...other, ports: ["ttyACM0"] }))).toBeNull();
    expect(await find(system.plug({ ...NANO, ports: ["ttyACM2"] }))).toBe("/dev/ttyACM2");
  });

  it("two bridges without serial numbers are told apart by their sockets", async () => {
    const find = await found("uno", (system.plug(BRIDGE).plug({ ...BRIDGE, socket: "1-8", ports: ["ttyUSB1"] }), "1-8"));
    system.clear().plug({ ...BRIDGE, ports: ["ttyUSB1"] });
    expect(await find(system)).toBeNull();
    expect(await find(system.plug({ ...BRIDGE, socket: "1-8", ports: ["ttyUSB0"] }))).toBe("/dev/ttyUSB0");
  });

  it("an ESP32-S3 is enumerated anew; a Nano ESP32 may have one identity for all, or another one when it runs", async () => {
    expect(await (await found("esp32s3", (system.plug(S3), "1-5")))(system.clear().plug({ ...S3, ports: ["ttyACM6"] }))).toBe(
      "/dev/ttyACM6",
    );
    const find = await found("nanoesp32", "1-5");
    expect(await find(system)).toBe("/dev/ttyACM6");
    system.clear().plug({ identity: "2341:0070", socket: "1-5", serialNumber: "34:85:18", ports: ["ttyACM0"] });
    expect(await find(system)).toBe("/dev/ttyACM0");
  });

  it("a board that nobody knew before is the only new one", async () => {
    const old = { ...NANO, socket: "1-9", serialNumber: "CD34", ports: ["ttyACM5"] };
    const find = await found("nano33ble", (system.plug(old), null));
    expect(await find(system)).toBeNull();
    expect(await find(system.plug(NANO))).toBe("/dev/ttyACM0");
    expect(await find(system.plug({ ...NANO, socket: "1-1", serialNumber: "EF", ports: ["ttyACM8"] }))).toBeNull();
  });

  it("a copy with a bridge that no board file knows stays what it is", async () => {
    const find = await found("uno", (system.plug(UNKNOWN), "1-6"));
    expect(await find(system)).toBe("/dev/ttyUSB7");
  });
});
