// A tree of files laid out as the kernel's sysfs shows USB, for tests: boards are plugged in and pulled out of it.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface FakeDevice {
  /** VENDOR:PRODUCT. */
  readonly identity: string;
  /** Where it is plugged in: 1-2. */
  readonly socket: string;
  readonly serialNumber?: string;
  /** Names of its serial ports: ttyACM0. */
  readonly ports?: readonly string[];
  readonly product?: string;
  /** A hub's is "09". */
  readonly deviceClass?: string;
}

export class FakeSysfs {
  readonly root = mkdtempSync(path.join(tmpdir(), "reflexarc-sysfs-"));
  private number = 0;

  /** As sysfs is laid out: bus/usb/devices/SOCKET -> devices/..., class/tty/NAME -> devices/.../tty/NAME, and `device` there -> the
   * interface, or a port below it. */
  plug({ identity, socket, serialNumber, ports = [], product, deviceClass = "00" }: FakeDevice): this {
    const [idVendor = "", idProduct = ""] = identity.split(":");
    const usb = path.join(this.root, "devices/pci0000:00/usb1", socket);
    mkdirSync(usb, { recursive: true });
    this.number += 1;
    const attributes = {
      idVendor,
      idProduct,
      serial: serialNumber,
      product,
      bDeviceClass: deviceClass,
      busnum: "1",
      devnum: String(this.number),
    };
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) writeFileSync(path.join(usb, name), `${value}\n`);
    this.link(usb, `bus/usb/devices/${socket}`);
    ports.forEach((name, index) => {
      const usbInterface = path.join(usb, `${socket}:1.${2 * index}`);
      const below = name.startsWith("ttyUSB") ? path.join(usbInterface, name) : usbInterface; // bridges have a port of their own there
      const tty = path.join(below, "tty", name);
      mkdirSync(tty, { recursive: true });
      writeFileSync(path.join(usbInterface, "bInterfaceNumber"), `0${2 * index}\n`);
      symlinkSync(below, path.join(tty, "device"));
      this.link(tty, `class/tty/${name}`);
    });
    return this;
  }

  private link(target: string, name: string): void {
    mkdirSync(path.dirname(path.join(this.root, name)), { recursive: true });
    symlinkSync(target, path.join(this.root, name));
  }

  /** Everything is pulled out. */
  clear(): this {
    for (const folder of ["devices", "bus", "class"]) rmSync(path.join(this.root, folder), { recursive: true, force: true });
    return this;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
