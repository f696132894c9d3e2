// A serial line as a BytePort. What goes wrong when opening one is what newcomers meet first: each case has its remedy.

import { statSync } from "node:fs";
import { SerialPort } from "serialport";
import { IoError, type BytePort } from "../../core/io.ts";
import { streamPort } from "./stream-port.ts";

const DEVICE_GONE = "the device is gone: was it unplugged or reset?";
const WATCH_INTERVAL_MS = 100;

/** @throws IoError when the line can't be opened. */
export async function openSerial(path: string, baudRate: number): Promise<BytePort> {
  const line = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    line.open((error) => {
      if (error === null) resolve();
      else reject(openError(path, error));
    });
  });
  const gone = new Promise<string>((resolve) => {
    line.once("close", (error: Error | null) => {
      resolve(error === null ? "the line was closed" : DEVICE_GONE);
    });
    line.once("error", (error) => {
      resolve(`the line failed: ${error.message}`);
    });
    watchDevice(path, line, () => {
      resolve(DEVICE_GONE);
    });
  });
  return streamPort({
    url: `serial:${path}?baud=${baudRate}`,
    input: line,
    output: line,
    gone,
    close: () =>
      new Promise((resolve) => {
        if (!line.isOpen) resolve();
        else
          line.close(() => {
            resolve();
          });
      }),
  });
}

/** The bindings notice a hang-up while they wait for bytes, but not while they read: then they read nothing, for ever. So the
 * device's file is watched too: it vanishes, or is another one when the board came back. */
export function watchDevice(path: string, line: SerialPort, vanished: () => void): void {
  const device = fileIdentity(path);
  if (device === null) return; // a port of Windows is no file
  const timer = setInterval(() => {
    if (fileIdentity(path) === device) return;
    vanished();
    if (line.isOpen) line.close();
  }, WATCH_INTERVAL_MS);
  timer.unref();
  line.once("close", () => {
    clearInterval(timer);
  });
}

function fileIdentity(path: string): string | null {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? null : `${status.dev}:${status.ino}`;
}

export type OpenFailure = "missing" | "forbidden" | "busy" | "unfit" | "other";

/** Why a line did not open. The bindings give no error code, only the system's sentence. */
export function openFailure(words: string): OpenFailure {
  if (/no such file|file not found|ENOENT/i.test(words)) return "missing";
  if (/permission denied|EACCES/i.test(words)) return "forbidden";
  // Windows calls it "access denied".
  if (/busy|cannot lock|resource temporarily unavailable|EBUSY|access denied/i.test(words)) return "busy";
  if (/ENOTTY|inappropriate ioctl|not a serial|invalid argument/i.test(words)) return "unfit";
  return "other";
}

export function openError(path: string, error: Error): IoError {
  switch (openFailure(error.message)) {
    case "missing":
      return new IoError(
        `there is no serial device ${path}`,
        "plug the board in, and look for it: `ls /dev/tty*` (Linux) or `ls /dev/cu.*` (macOS)",
        error,
      );
    case "forbidden":
      return new IoError(`you may not open ${path}`, "on Linux: sudo usermod -aG dialout $USER, then log out and in again", error);
    case "busy":
      return new IoError(`${path} is in use by another program`, "close the serial monitor, IDE or other reflexarc that holds it", error);
    case "unfit":
      return new IoError(`${path} is no serial device that runs at this speed`, "check the path and the baud rate", error);
    case "other":
      return new IoError(`cannot open ${path}: ${error.message}`, "check the cable and the path", error);
  }
}
