// A port's URL as an open BytePort, for those that lead out of this process. Simulated and emulated ones need a robot or an
// image: the command line makes them.

import { AssertionError } from "../../core/assert.ts";
import type { BytePort } from "../../core/io.ts";
import { parsePortUrl } from "./port-url.ts";
import { ReconnectingPort, type ReconnectingOptions } from "./reconnecting-port.ts";
import { openSerial } from "./serial.ts";
import { openTcp } from "./tcp.ts";
import { deviceFinder } from "./usb-identity.ts";

/** @throws DiagnosticError when the text is no port. @throws IoError when it can't be opened. */
export async function openPort(text: string): Promise<BytePort> {
  const url = parsePortUrl(text);
  switch (url.kind) {
    case "serial":
      return openSerial(url.path, url.baudRate);
    case "tcp":
      return openTcp(url.host, url.port);
    case "sim":
    case "emu":
    case "auto":
      throw new AssertionError(`${text} is not opened as a port`);
  }
}

/** The same, but it opens itself again when the line is lost, also where the device has another name then.
 * @param patienceMs how long it may stay away; for ever when left out.
 * @throws DiagnosticError when the text is no port. @throws IoError when it can't be opened the first time. */
export async function openLastingPort(text: string, options: Omit<ReconnectingOptions, "open" | "locate"> = {}): Promise<ReconnectingPort> {
  const url = parsePortUrl(text);
  if (url.kind !== "serial") return ReconnectingPort.open(text, { ...options, open: openPort });
  const find = await deviceFinder(url.path);
  const locate = async (): Promise<string | null> => {
    const path = await find();
    return path === null ? null : `serial:${path}?baud=${url.baudRate}`;
  };
  return ReconnectingPort.open(text, { ...options, open: openPort, locate });
}
