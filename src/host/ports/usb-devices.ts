// What is plugged into this machine's USB sockets: everything that has a serial port, and on Linux also what has none, such as a
// bootloader that shows a drive. The kernel is asked itself, by files: udevadm need not be there.

import { readdirSync } from "node:fs";
import path from "node:path";
import { listUsbSerialDevices, readSysfs, usbAttribute, type UsbSerialDevice } from "./usb-identity.ts";

export interface UsbDevice extends Omit<UsbSerialDevice, "path"> {
  /** Its serial port; null: it has none. */
  readonly path: string | null;
  /** What a program opens to speak USB with it, on Linux: /dev/bus/usb/001/004; null where that isn't known. */
  readonly node: string | null;
  /** What it calls itself; "" where the system doesn't tell. */
  readonly product: string;
}

/** @param root where sysfs is mounted; null: the system has none, and shows only serial ports. */
export async function listUsbDevices(root: string | null = process.platform === "linux" ? "/sys" : null): Promise<readonly UsbDevice[]> {
  if (root === null) return (await listUsbSerialDevices()).map((each) => ({ ...each, node: null, product: "" }));
  const serial = readSysfs(root);
  const devices = readUsbDevices(root);
  return [
    ...serial.map((each) => {
      const device = devices.find(({ socket }) => socket === each.socket);
      return { ...each, node: device?.node ?? null, product: device?.product ?? "" };
    }),
    ...devices.filter(({ socket }) => !serial.some((each) => each.socket === socket)),
  ];
}

/** Every device, hubs left out. Documentation/ABI/testing/sysfs-bus-usb of the kernel names the files. */
function readUsbDevices(root: string): readonly UsbDevice[] {
  const HUB = "09";
  const folder = path.join(root, "bus/usb/devices");
  return names(folder).flatMap((socket) => {
    const attribute = (name: string): string | null => usbAttribute(path.join(folder, socket), name);
    const [vendorId, productId] = [attribute("idVendor"), attribute("idProduct")];
    if (vendorId === null || productId === null || attribute("bDeviceClass") === HUB) return [];
    const [bus, number] = [attribute("busnum"), attribute("devnum")];
    return {
      path: null,
      vendorId,
      productId,
      serialNumber: attribute("serial"),
      interfaceNumber: "",
      socket,
      node: bus === null || number === null ? null : `/dev/bus/usb/${bus.padStart(3, "0")}/${number.padStart(3, "0")}`,
      product: attribute("product") ?? "",
    };
  });
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
