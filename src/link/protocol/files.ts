// The text of PROTOCOL.md in, the files generated from it out, by their path in the repository.

import type { SourceTree } from "../../core/io.ts";
import { parseProtocol } from "./parse.ts";
import { printProtocolHeader, printProtocolSource } from "./print-c.ts";
import { printMessages } from "./print-typescript.ts";

export const PROTOCOL_PATH = "firmware/PROTOCOL.md";

export function protocolFiles(markdown: string): SourceTree {
  const protocol = parseProtocol(markdown);
  return new Map([
    ["firmware/include/reflex_protocol.h", printProtocolHeader(protocol)],
    ["firmware/src/reflex_protocol.c", printProtocolSource(protocol)],
    ["src/link/messages.generated.ts", printMessages(protocol)],
  ]);
}
