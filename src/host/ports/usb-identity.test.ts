import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deviceFinder, listUsbSerialDevices, readSysfs, type UsbSerialDevice } from "./usb-identity.ts";

const UNO: UsbSerialDevice = {
  path: "/dev/ttyACM0",
  vendorId: "2341",
  productId: "0043",
  serialNumber: "7583",
  interfaceNumber: "00",
  socket: "1-2",
};
const BRIDGE: UsbSerialDevice = { ...UNO, path: "/dev/ttyUSB0", vendorId: "1a86", productId: "7523", serialNumber: null, socket: "1-3" };

describe("what the kernel tells of serial ports", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /** As sysfs is laid out: class/tty/NAME -> devices/.../tty/NAME, and `device` there -> the interface, or a port below it. */
  function plug({ path: device, vendorId, productId, serialNumber, interfaceNumber, socket }: UsbSerialDevice, below = ""): void {
    const name = path.basename(device);
    const usb = path.join(root, "devices/pci0000:00/usb1", socket);
    const usbInterface = path.join(usb, `${socket}:1.0`);
    const tty = path.join(usbInterface, below, "tty", name);
    mkdirSync(tty, { recursive: true });
    writeFileSync(path.join(usb, "idVendor"), `${vendorId}\n`);
    writeFileSync(path.join(usb, "idProduct"), `${productId}\n`);
    if (serialNumber !== null) writeFileSync(path.join(usb, "serial"), `${serialNumber}\n`);
    writeFileSync(path.join(usbInterface, "bInterfaceNumber"), `${interfaceNumber}\n`);
    symlinkSync(path.join(usbInterface, below), path.join(tty, "device"));
    mkdirSync(path.join(root, "class/tty"), { recursive: true });
    symlinkSync(tty, path.join(root, "class/tty", name));
  }

  it("is read for boards with USB of their own and behind a bridge, and nothing else is taken for one", () => {
    plug(UNO);
    plug(BRIDGE, "ttyUSB0");
    mkdirSync(path.join(root, "class/tty/tty1"));
    mkdirSync(path.join(root, "devices/platform/serial8250"), { recursive: true });
    mkdirSync(path.join(root, "class/tty/ttyS0"));
    symlinkSync(path.join(root, "devices/platform/serial8250"), path.join(root, "class/tty/ttyS0/device"));
    expect(readSysfs(root)).toEqual([UNO, BRIDGE]);
  });

  it("may be nothing", () => {
    expect(readSysfs(path.join(root, "none"))).toEqual([]);
  });
});

it("this machine's ports are listed without an error", async () => {
  for (const device of await listUsbSerialDevices()) expect(device.path).not.toBe("");
});

describe("a device that came back", () => {
  async function after(first: readonly UsbSerialDevice[], port: string, later: readonly UsbSerialDevice[]): Promise<string | null> {
    let present = first;
    const find = await deviceFinder(port, () => Promise.resolve(present));
    present = later;
    return find();
  }

  it("is found under another name, by its serial number", async () => {
    const renamed = { ...UNO, path: "/dev/ttyACM1", socket: "2-1" };
    expect(await after([UNO, BRIDGE], UNO.path, [BRIDGE, renamed])).toBe("/dev/ttyACM1");
  });

  it("is not the one that now has its name", async () => {
    const other = { ...UNO, serialNumber: "9999" };
    expect(await after([UNO], UNO.path, [other])).toBeNull();
    expect(await after([UNO], UNO.path, [other, { ...UNO, path: "/dev/ttyACM1" }])).toBe("/dev/ttyACM1");
  });

  it("is not its own bootloader, nor the other port of the same device", async () => {
    expect(await after([UNO], UNO.path, [{ ...UNO, productId: "0036" }])).toBeNull();
    expect(await after([UNO], UNO.path, [{ ...UNO, interfaceNumber: "02" }])).toBeNull();
  });

  it("without a serial number is found in its socket, or as the only new one, but never as one that was there before", async () => {
    const [inSocket, elsewhere] = [
      { ...BRIDGE, path: "/dev/ttyUSB1" },
      { ...BRIDGE, path: "/dev/ttyUSB2", socket: "1-4" },
    ];
    expect(await after([BRIDGE], BRIDGE.path, [elsewhere, inSocket])).toBe("/dev/ttyUSB1");
    expect(await after([BRIDGE], BRIDGE.path, [elsewhere])).toBe("/dev/ttyUSB2");
    expect(await after([BRIDGE, elsewhere], BRIDGE.path, [elsewhere])).toBeNull();
    expect(await after([BRIDGE], BRIDGE.path, [elsewhere, { ...elsewhere, socket: "1-5" }])).toBeNull();
  });

  it("that is no USB device is where it was", async () => {
    expect(await after([UNO], "/dev/ttyS0", [])).toBe("/dev/ttyS0");
  });

  it("keeps the name that the person gave it, where that still leads to it", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "reflexarc-test-"));
    const [link, target] = [path.join(folder, "by-id"), path.join(folder, "ttyACM0")];
    writeFileSync(target, "");
    symlinkSync(target, link);
    expect(await after([{ ...UNO, path: target }], link, [{ ...UNO, path: target }])).toBe(link);
    expect(await after([{ ...UNO, path: target }], link, [{ ...UNO, path: "/dev/ttyACM7" }])).toBe("/dev/ttyACM7");
    rmSync(folder, { recursive: true });
  });
});
