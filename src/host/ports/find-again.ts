// Where a board's port is after it was flashed: its bootloader had another identity, its name may have changed, and for a moment it is
// nowhere. In: what was there before, and what is there now. Out: the port of that very board, running.

import type { Board } from "../../artifacts/board.ts";
import type { UsbDevice } from "./usb-devices.ts";

export interface FlashedBoard {
  readonly board: Board;
  /** As it was before it was flashed, running or in the bootloader; null where nobody knows which one it was. */
  readonly device: UsbDevice | null;
  /** All that was plugged in then. */
  readonly before: readonly UsbDevice[];
}

/** The path of its serial port; null: it is not there (yet), or more than one could be it. It is known by its serial number, then by its
 * socket; where the system knows neither, it is the only one that was not there before.
 * @param now what is plugged in. */
export function findAgain({ board, device, before }: FlashedBoard, now: readonly UsbDevice[]): string | null {
  const identities = runningIdentities(board, device);
  const others = new Set(before.filter((each) => !isSame(each, device)).map(keyOf));
  const running = firstPorts(now).filter((each) => identities.includes(identityOf(each)) && !others.has(keyOf(each)));
  const bySerial = running.filter(({ serialNumber }) => serialNumber !== null && serialNumber === device?.serialNumber);
  const bySocket = running.filter(({ socket }) => socket !== "" && socket === device?.socket);
  const known = device !== null && device.socket !== "";
  const found = [bySerial, bySocket, known ? [] : running].find((each) => each.length === 1);
  return found?.[0]?.path ?? null;
}

/** What the board's file does not know, such as the bridge of a copy, stays as it was. */
function runningIdentities(board: Board, device: UsbDevice | null): readonly string[] {
  const all = board.usb.map(({ vendor, product, when }) => ({ identity: `${vendor}:${product}`.toLowerCase(), when }));
  const running = all.filter(({ when }) => when === "running").map(({ identity }) => identity);
  const foreign = device !== null && !all.some(({ identity }) => identity === identityOf(device));
  return foreign ? [...running, identityOf(device)] : running;
}

/** Of a device with several ports, the first. */
function firstPorts(devices: readonly UsbDevice[]): readonly UsbDevice[] {
  const ports = devices.filter(({ path }) => path !== null);
  return ports.filter(({ socket }, index) => socket === "" || ports.findIndex((each) => each.socket === socket) === index);
}

function isSame(left: UsbDevice, right: UsbDevice | null): boolean {
  return right !== null && (left.path === null ? left.socket === right.socket : left.path === right.path);
}

function identityOf({ vendorId, productId }: UsbDevice): string {
  return `${vendorId}:${productId}`;
}

function keyOf(device: UsbDevice): string {
  return [identityOf(device), device.serialNumber, device.socket].join(" ");
}
