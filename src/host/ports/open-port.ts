// A port's URL as an open BytePort, for those that lead out of this process. Simulated and emulated ones need a robot or an
// image: the command line makes them.

import { AssertionError } from "../../core/assert.ts";
import type { BytePort } from "../../core/io.ts";
import { parsePortUrl } from "./port-url.ts";
import { openSerial } from "./serial.ts";
import { openTcp } from "./tcp.ts";

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
      throw new AssertionError(`${text} is not opened as a port`);
  }
}
