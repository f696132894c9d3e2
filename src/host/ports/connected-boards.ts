// Which boards are plugged in, told by USB identities. One identity may be several boards (a bridge, the USB of an Espressif chip): all of
// them are named.

import { accessSync, constants } from "node:fs";
import type { Board } from "../../artifacts/board.ts";
import { listUsbDevices, type UsbDevice } from "./usb-devices.ts";

/** What a board does under the identity that was seen: of a bridge, nobody can tell. */
export type BoardState = "running" | "bootloader" | "either";

export interface BoardMatch {
  readonly board: Board;
  readonly state: BoardState;
}

export interface ConnectedDevice extends UsbDevice {
  /** Boards that it may be; none where no board file has its identity. */
  readonly matches: readonly BoardMatch[];
  /** Whether this user may open its port, or the device itself where it has none; null where that can't be told. */
  readonly access: "allowed" | "denied" | null;
}

/** Serial devices, known or not, and whatever else may be a board. Never fails: where the system tells nothing, there is nothing.
 * @param list what is plugged in. @param mayOpen of a file's path. */
export async function connectedBoards(
  boards: readonly Board[],
  list: () => Promise<readonly UsbDevice[]> = listUsbDevices,
  mayOpen: (path: string) => ConnectedDevice["access"] = accessTo,
): Promise<readonly ConnectedDevice[]> {
  const devices = (await list()).map((device) => {
    const matches = matchesOf(device, boards);
    const opened = device.path ?? (matches.some(({ board }) => opensUsb(board)) ? device.node : null);
    return { ...device, matches, access: opened === null ? null : mayOpen(opened) };
  });
  const known = devices.filter(({ matches, path }) => matches.length > 0 || path !== null);
  // Of a board with several ports, the first one is the program's.
  return known.filter((each, index) => {
    const first = known.findIndex(({ socket }) => socket !== "" && socket === each.socket);
    return each.matches.length === 0 || first === -1 || first === index;
  });
}

function matchesOf(device: UsbDevice, boards: readonly Board[]): readonly BoardMatch[] {
  return boards.flatMap((board) => {
    const states = new Set(
      board.usb
        .filter(({ vendor, product }) => vendor.toLowerCase() === device.vendorId && product.toLowerCase() === device.productId)
        .map(({ when }) => when),
    );
    const [state] = states;
    return state === undefined ? [] : [{ board, state: states.size > 1 ? ("either" as const) : state }];
  });
}

/** Its flashing tool speaks USB by itself. */
function opensUsb({ flash }: Board): boolean {
  return flash?.method === "dfu-util" || flash?.method === "teensy-loader";
}

function accessTo(path: string): ConnectedDevice["access"] {
  if (process.platform === "win32") return null;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return "allowed";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "denied" : null;
  }
}

/** As --port takes it; null where it has no serial port. */
export function urlOf({ path }: ConnectedDevice): string | null {
  return path === null ? null : `serial:${path}`;
}

/** In a list of what is there: `serial:/dev/ttyACM0 (Arduino Uno)`. */
export function describeDevice(device: ConnectedDevice): string {
  const identity = `${device.vendorId}:${device.productId}`;
  const boards = device.matches.map(({ board, state }) => (state === "bootloader" ? `${board.name}'s bootloader` : board.name));
  const names = boards.length > 0 ? boards.join(" or ") : device.product === "" ? identity : `${device.product}, ${identity}`;
  const url = urlOf(device);
  return url === null ? `${names} without a serial port` : `${url} (${names})`;
}
