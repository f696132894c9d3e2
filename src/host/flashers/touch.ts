// The 1200-baud touch: opening and closing a board's port at this speed makes it start its bootloader, which then shows itself as
// another USB device. In: the port of the running program. Out: the port of the bootloader.

import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { SerialPort } from "serialport";
import type { Board, UsbIdentity } from "../../artifacts/board.ts";
import { listUsbSerialDevices, type UsbSerialDevice } from "../ports/usb-identity.ts";
import { cannotOpen, noBootloader } from "./flash-error.ts";
import { until } from "./until.ts";

const TOUCH_BAUD_RATE = 1200;
/** A bridge beside the chip stays as it is, and resets the chip within this time; arduino-cli waits as long. */
const SETTLE_MS = 500;
/** Windows may take seconds to know a new device. */
const PATIENCE_MS = 10_000;

export type ListDevices = () => Promise<readonly UsbSerialDevice[]>;

/** Opens the port at 1200 baud and closes it with DTR low.
 * @throws DiagnosticError when it can't be opened. */
export async function touch(board: Board, device: string): Promise<void> {
  const line = new SerialPort({ path: device, baudRate: TOUCH_BAUD_RATE, autoOpen: false });
  // From the moment that it is open the board may vanish: what fails then is no failure.
  line.on("error", () => undefined);
  const error = await new Promise<Error | null>((resolve) => {
    line.open(resolve);
  });
  if (error !== null) throw cannotOpen(board, device, error, []);
  await new Promise<void>((resolve) => {
    line.set({ dtr: false }, () => {
      resolve();
    });
  });
  await new Promise<void>((resolve) => {
    line.close(() => {
      resolve();
    });
  });
}

/** Starts the bootloader if it isn't what is plugged in already.
 * @returns its port. What is no USB device, such as a pseudo-terminal, has its bootloader behind the same port.
 * @throws DiagnosticError when no bootloader comes. */
export async function enterBootloader(
  board: Board,
  device: string,
  button: string,
  { list = listUsbSerialDevices, patienceMs = PATIENCE_MS }: { readonly list?: ListDevices; readonly patienceMs?: number } = {},
): Promise<string> {
  const before = await list();
  const place = await realpath(device).catch(() => device);
  const running = before.find((each) => each.path === place);
  if (running !== undefined && isBoard(board, running, "bootloader") && !isBoard(board, running, "running")) return device;
  await touch(board, device);
  if (running === undefined) return device;
  if (isBoard(board, running, "bootloader")) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return device;
  }
  let found: UsbSerialDevice | undefined;
  await until(async () => {
    const loaders = (await list()).filter((each) => isBoard(board, each, "bootloader"));
    found =
      loaders.find((each) => each.socket !== "" && each.socket === running.socket) ?? loaders.find((each) => !before.some(isSame(each)));
    // It belongs to its group a moment after it has come.
    return found !== undefined && (await mayOpen(found.path));
  }, patienceMs);
  if (found === undefined) throw noBootloader(board, device, button);
  return found.path;
}

/** Whether a device is one of these boards, in this state. */
export function isBoard(board: Board, { vendorId, productId }: UsbSerialDevice, when: UsbIdentity["when"]): boolean {
  return board.usb.some((identity) => identity.when === when && identity.vendor === vendorId && identity.product === productId);
}

function isSame(left: UsbSerialDevice): (right: UsbSerialDevice) => boolean {
  return (right) =>
    left.path === right.path &&
    left.vendorId === right.vendorId &&
    left.productId === right.productId &&
    left.serialNumber === right.serialNumber;
}

function mayOpen(device: string): Promise<boolean> {
  if (process.platform === "win32") return Promise.resolve(true);
  return access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}
