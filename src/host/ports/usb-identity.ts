// Which USB device is behind a serial port, and where that device is after it came back: ports are numbered anew each time that
// something is plugged in, what the device says of itself stays.

import { readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { SerialPort } from "serialport";

export interface UsbSerialDevice {
  /** As it is opened: /dev/ttyACM0, /dev/cu.usbmodem101, COM3. */
  readonly path: string;
  /** Four hexadecimal digits each. */
  readonly vendorId: string;
  readonly productId: string;
  /** Null where the device has none, as many cheap bridges; some have the same one in every copy. */
  readonly serialNumber: string | null;
  /** Which of the device's ports it is; "" where the system doesn't tell. */
  readonly interfaceNumber: string;
  /** The socket that it is plugged into, as the system names it; "" where it doesn't tell. */
  readonly socket: string;
}

/** What is plugged in now. Never fails: where the system tells nothing, there is nothing. */
export async function listUsbSerialDevices(): Promise<readonly UsbSerialDevice[]> {
  // SerialPort.list() asks udevadm, and ends the process where that is missing: on Linux the kernel is asked itself.
  if (process.platform === "linux") return readSysfs("/sys");
  const ports = await SerialPort.list().catch(() => []);
  return ports.flatMap(({ path: device, vendorId, productId, serialNumber, locationId }) =>
    vendorId === undefined || productId === undefined
      ? []
      : {
          path: device.replace(/^\/dev\/tty\./, "/dev/cu."),
          vendorId: vendorId.toLowerCase(),
          productId: productId.toLowerCase(),
          serialNumber: serialNumber ?? null,
          interfaceNumber: "",
          socket: locationId ?? "",
        },
  );
}

/** @param root where sysfs is mounted. Documentation/ABI/stable/sysfs-bus-usb of the kernel names the files. */
export function readSysfs(root: string): readonly UsbSerialDevice[] {
  const folder = path.join(root, "class/tty");
  return entries(folder).flatMap((name) => {
    const place = realPath(path.join(folder, name, "device"));
    const usbInterface = place === null ? null : above(place, "bInterfaceNumber", root);
    const usbDevice = usbInterface === null ? null : above(usbInterface, "idVendor", root);
    if (usbInterface === null || usbDevice === null) return [];
    return {
      path: `/dev/${name}`,
      vendorId: usbAttribute(usbDevice, "idVendor") ?? "",
      productId: usbAttribute(usbDevice, "idProduct") ?? "",
      serialNumber: usbAttribute(usbDevice, "serial"),
      interfaceNumber: usbAttribute(usbInterface, "bInterfaceNumber") ?? "",
      socket: path.basename(usbDevice),
    };
  });
}

/** Says where the device that is behind a port now will be later; null: nowhere, or more than one could be it.
 * @param list what is plugged in at the moment of asking. */
export async function deviceFinder(
  port: string,
  list: () => Promise<readonly UsbSerialDevice[]> = listUsbSerialDevices,
): Promise<() => Promise<string | null>> {
  const behind = (): string => realPath(port) ?? port; // the port may be a link, such as those in /dev/serial/by-id
  const first = await list();
  const wanted = first.find((device) => device.path === behind());
  if (wanted === undefined) return () => Promise.resolve(port);
  const neighbours = new Set(first.map(keyOf).filter((key) => key !== keyOf(wanted)));
  return async () => {
    // What was there beside it is another one, however alike.
    const alike = (await list()).filter((device) => sameKind(device, wanted) && !neighbours.has(keyOf(device)));
    const sameSocket = alike.find((device) => device.socket !== "" && device.socket === wanted.socket);
    const found = sameSocket ?? (alike.length === 1 ? alike[0] : undefined);
    if (found === undefined) return null;
    return found.path === behind() ? port : found.path;
  };
}

function keyOf(device: UsbSerialDevice): string {
  return [device.vendorId, device.productId, device.serialNumber, device.interfaceNumber, device.socket].join(" ");
}

function sameKind(left: UsbSerialDevice, right: UsbSerialDevice): boolean {
  return (
    left.vendorId === right.vendorId &&
    left.productId === right.productId &&
    left.serialNumber === right.serialNumber &&
    left.interfaceNumber === right.interfaceNumber
  );
}

/** The folder itself or the nearest above it that holds the file. */
function above(folder: string, file: string, root: string): string | null {
  for (let at = folder; at.length > root.length; at = path.dirname(at)) if (usbAttribute(at, file) !== null) return at;
  return null;
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realPath(file: string): string | null {
  try {
    return realpathSync(file);
  } catch {
    return null;
  }
}

/** A file of sysfs, null when there is none: a device may vanish while it is read. */
export function usbAttribute(folder: string, name: string): string | null {
  try {
    return readFileSync(path.join(folder, name), "utf8").trim();
  } catch {
    return null;
  }
}
