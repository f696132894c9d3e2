// A serial line as a BytePort. What goes wrong when opening one is what newcomers meet first: each case has its remedy.

import { SerialPort } from "serialport";
import { IoError, type BytePort } from "../../core/io.ts";
import { streamPort } from "./stream-port.ts";

/** @throws IoError when the line can't be opened. */
export async function openSerial(path: string, baudRate: number): Promise<BytePort> {
  const line = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => line.open((error) => (error === null ? resolve() : reject(openError(path, error)))));
  const gone = new Promise<string>((resolve) => {
    line.once("close", (error: Error | null) =>
      resolve(error === null ? "the line was closed" : "the device is gone: was it unplugged or reset?"),
    );
    line.once("error", (error) => resolve(`the line failed: ${error.message}`));
  });
  return streamPort({
    url: `serial:${path}?baud=${baudRate}`,
    input: line,
    output: line,
    gone,
    close: () => new Promise((resolve) => (line.isOpen ? line.close(() => resolve()) : resolve())),
  });
}

/** The bindings give no error code, only the system's sentence. */
function openError(path: string, error: Error): IoError {
  const words = error.message;
  if (/no such file|file not found|ENOENT/i.test(words)) {
    return new IoError(`there is no serial device ${path}`, "plug the board in, then look at the list of `reflexarc doctor`", error);
  }
  if (/permission denied|access denied|EACCES/i.test(words)) {
    const remedy = "on Linux: sudo usermod -aG dialout $USER, then log out and in again";
    return new IoError(`you may not open ${path}`, remedy, error);
  }
  if (/busy|cannot lock|resource temporarily unavailable|EBUSY/i.test(words)) {
    return new IoError(`${path} is in use by another program`, "close the serial monitor, IDE or other reflexarc that holds it", error);
  }
  if (/ENOTTY|inappropriate ioctl|not a serial|invalid argument/i.test(words)) {
    return new IoError(`${path} is no serial device that runs at this speed`, "check the path and the baud rate", error);
  }
  return new IoError(`cannot open ${path}: ${words}`, "check the cable and the path", error);
}
