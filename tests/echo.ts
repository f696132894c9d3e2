// The smallest application that a port can run: it sends back what it receives. In: a board's port folder. Out: what a
// toolchain needs to build it, so that ports, toolchains and emulators are tested without the rest of the firmware.

import type { BuildRequest } from "../src/core/io.ts";
import { portFiles } from "../src/emit/project/bare.ts";
import { readTree } from "../src/host/files.ts";
import { packageRoot } from "../src/host/package-root.ts";

const ECHO = `
#include "reflex.h"

static const reflex_port* port;
static uint8_t bytes[256];
static size_t count;
static size_t sent;

void reflex_app_start(const reflex_port* board) { port = board; }

void reflex_app_poll(void) {
    if (sent == count) {
        count = port->read(bytes, sizeof(bytes));
        sent = 0;
    }
    sent += port->write(&bytes[sent], count - sent);
}
`;

/** @param port a folder of firmware/port. @param application C with reflex_app_start and reflex_app_poll. */
export async function echoRequest(port: string, application: string = ECHO): Promise<BuildRequest> {
  const files = await readTree(`${packageRoot}firmware`);
  const sources = new Map<string, string | Uint8Array>([
    ...[...files].filter(([name]) => name.startsWith("include/")),
    ...[...portFiles(files, port)].map(([name, content]) => [`port/${port}/${name}`, content] as const),
    ["app/echo.c", application],
  ]);
  return {
    sources,
    units: [...sources.keys()].filter((name) => name.endsWith(".c")),
    includes: ["include", `port/${port}`],
    defines: [],
  };
}
