// Brings an Espressif chip into the bootloader of its ROM, and the bootloader into the state in which it writes flash. In: the path of
// a serial device. Out: esptool-js's loader with the flasher stub running, or what kept it from that as a DiagnosticError.

import type { ESPLoader } from "esptool-js";
import type { Board, EspChip } from "../../artifacts/board.ts";
import { deviceFinder, listUsbSerialDevices, type UsbSerialDevice } from "../ports/usb-identity.ts";
import { ESP_CHIPS, type EspChipFacts } from "./esp-chips.ts";
import { words } from "./esp-write.ts";
import { bootloaderRefuses, cannotOpen, noBootloader, wrongChip } from "./flash-error.ts";
import { systemLine, WebSerialPort, type LineInfo, type MakeLine } from "./web-serial.ts";

/** The outside world, as tests replace it. */
export interface EspSystem {
  readonly makeLine: MakeLine;
  readonly listDevices: () => Promise<readonly UsbSerialDevice[]>;
}

export const realEspSystem: EspSystem = { makeLine: systemLine, listDevices: listUsbSerialDevices };

export interface EspConnection {
  readonly loader: ESPLoader;
  readonly port: WebSerialPort;
}

/** The rate at which the ROM begins. */
export const ROM_BAUD_RATE = 115_200;

const BUTTON = "hold BOOT, press EN (or RESET), let go of BOOT";

/** Of resetting and asking, alternately with a short and a long pause: slow circuits need the long one. */
const RESET_ATTEMPTS = 4;
/** Without a reset: only asking. */
const ASK_ATTEMPTS = 2;

const USB_OF_ITS_OWN = { vendor: 0x303a, product: 0x1001 };

/** A chip that is its own USB device comes back within a second or two, on Windows later. */
const COMES_BACK_MS = 5_000;
const LOOK_AGAIN_MS = 50;

const SILENT_TERMINAL = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };

/** Resets the chip into its bootloader, and makes sure that it is the right chip. Nothing is written.
 * @throws DiagnosticError: no such device, in use, no permission, no answer, another chip. */
export async function connectEsp(board: Board, chip: EspChip, device: string, system: EspSystem): Promise<EspConnection> {
  const find = await deviceFinder(device, system.listDevices);
  const first = await knock(board, device, "default_reset", system);
  const connection = first ?? (await knock(board, await comeBack(find, device), "no_reset", system));
  if (connection === null) throw noBootloader(board, device, BUTTON);
  const found = connection.loader.chip.CHIP_NAME;
  if (found === chip) return connection;
  await leave(connection);
  throw wrongChip(board, chip, found);
}

/** Null: the device went away while it was reset, as a chip that is its own USB device does. */
async function knock(board: Board, device: string, reset: "default_reset" | "no_reset", system: EspSystem): Promise<EspConnection | null> {
  const { ESPLoader, Transport, UnexpectedChipIdError, UnexpectedChipMagicError, ESPError } = await import("esptool-js");
  const port = new WebSerialPort(device, await lineInfo(device, system), system.makeLine);
  try {
    await port.open({ baudRate: ROM_BAUD_RATE });
  } catch (error) {
    throw cannotOpen(
      board,
      device,
      error as Error,
      (await system.listDevices()).map(({ path }) => path),
    );
  }
  const transport = new Transport(port);
  transport.trace = () => undefined; // it prints, whether tracing is on or not
  const loader = new ESPLoader({ transport, baudrate: ROM_BAUD_RATE, terminal: SILENT_TERMINAL });
  try {
    await loader.connect(reset, reset === "no_reset" ? ASK_ATTEMPTS : RESET_ATTEMPTS);
    return { loader, port };
  } catch (error) {
    const { lost } = port;
    await port.close();
    if (lost !== null) return null;
    if (error instanceof UnexpectedChipIdError || error instanceof UnexpectedChipMagicError) throw bootloaderRefuses(board, error.message);
    if (error instanceof ESPError) throw noBootloader(board, device, BUTTON);
    throw error;
  }
}

/** Starts the flasher stub. @throws DiagnosticError when the bootloader does not take it; ESPError when it falls silent. */
export async function startStub(board: Board, chip: EspChip, { loader, port }: EspConnection): Promise<void> {
  const facts = ESP_CHIPS[chip];
  if (isUsbOfItsOwn(port)) await calmWatchdogs(loader, facts);
  await loader.chip.postConnect?.(loader);
  startPatiently(loader);
  try {
    await loader.runStub();
  } catch (error) {
    if (port.lost !== null || isSilence(error)) throw error;
    throw bootloaderRefuses(board, firstLine(error));
  }
  if (!loader.IS_STUB) throw bootloaderRefuses(board, "the chip runs no program of ours");
}

/** Whether chip and line work at the rate. When they don't, the chip must be reset: it hears nothing any more.
 * As `change_baud` of esptool/loader.py. @throws Error when the line is gone. */
export async function changeBaudRate({ loader, port }: EspConnection, baudRate: number): Promise<boolean> {
  await loader.command(loader.ESP_CHANGE_BAUDRATE, words(baudRate, ROM_BAUD_RATE));
  try {
    await port.setBaudRate(baudRate);
  } catch {
    return false;
  }
  await pause(50); // what the chip says while it changes is noise
  loader.transport.flushInput();
  for (let attempt = 0; attempt < ASK_ATTEMPTS; attempt++) {
    try {
      await loader.readReg(loader.CHIP_DETECT_MAGIC_REG_ADDR, 1_000);
      return true;
    } catch (error) {
      if (port.lost !== null) throw error;
      loader.transport.flushInput();
    }
  }
  return false;
}

/** esptool-js waits 200 ms for the answer to this, which is too short on a computer that is busy. */
export function startPatiently(loader: ESPLoader): void {
  loader.memFinish = async (entry) => {
    await loader.checkCommand("start the stub", loader.ESP_MEM_END, words(0, entry));
  };
}

/** Whether esptool-js waited in vain. */
export function isSilence(error: unknown): boolean {
  return error instanceof Error && /^(Serial data stream stopped|No serial data received)/.test(error.message);
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

/** Resets the chip, so that it starts its program, and closes the line. A line that is gone is left as it is.
 * esptool-js never pulls the reset line in its own hard reset: as `hard_reset` of esptool's esp_pylib/serial_reset.py. */
export async function leave({ port }: EspConnection): Promise<void> {
  const pauseMs = isUsbOfItsOwn(port) ? 200 : 100;
  try {
    await port.setSignals({ dataTerminalReady: false, requestToSend: true });
    await pause(pauseMs);
    await port.setSignals({ requestToSend: false });
  } catch {
    // The line is gone, by this very reset or before: its user knows.
  }
  await port.close();
}

/** Lets the next reset start the program: after a start of the bootloader by software, the chip would stay in it. */
export async function endForcedDownload(loader: ESPLoader, chip: EspChip): Promise<void> {
  const register = ESP_CHIPS[chip].forcedDownload;
  if (register !== null) await loader.writeReg(register, 0, 1);
}

/** A reset over the chip's own USB leaves its watchdogs as the program had them, and they would reset it while it is written. */
async function calmWatchdogs(loader: ESPLoader, { watchdogs }: EspChipFacts): Promise<void> {
  if (watchdogs === null) return;
  await loader.writeReg(watchdogs.writeProtect, watchdogs.key);
  await loader.writeReg(watchdogs.config, 0);
  await loader.writeReg(watchdogs.writeProtect, 0);
  await loader.writeReg(watchdogs.superWriteProtect, watchdogs.superKey);
  await loader.writeReg(watchdogs.superConfig, (await loader.readReg(watchdogs.superConfig)) | watchdogs.feedsItself);
  await loader.writeReg(watchdogs.superWriteProtect, 0);
}

function isUsbOfItsOwn(port: WebSerialPort): boolean {
  const { usbVendorId, usbProductId } = port.getInfo();
  return usbVendorId === USB_OF_ITS_OWN.vendor && usbProductId === USB_OF_ITS_OWN.product;
}

async function lineInfo(device: string, { listDevices }: EspSystem): Promise<LineInfo> {
  const usb = (await listDevices()).find(({ path }) => path === device);
  return usb === undefined ? {} : { usbVendorId: parseInt(usb.vendorId, 16), usbProductId: parseInt(usb.productId, 16) };
}

/** @returns where the device is; after a while the old path, which then says by itself that nothing is there. */
async function comeBack(find: () => Promise<string | null>, device: string): Promise<string> {
  for (let waitedMs = 0; waitedMs < COMES_BACK_MS; waitedMs += LOOK_AGAIN_MS) {
    const found = await find();
    if (found !== null) return found;
    await pause(LOOK_AGAIN_MS);
  }
  return device;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
