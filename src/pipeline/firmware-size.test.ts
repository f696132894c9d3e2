// Sizes of a whole image, from what a toolchain reports.

import { describe, expect, test } from "vitest";
import type { BuildResult } from "../core/io.ts";
import { loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { firmwareSize, requireFit } from "./firmware-size.ts";

const uno = await loadBoard(boardsFolder, "uno");
const PORT = `
static size_t
port_read(uint8_t* bytes, size_t capacity) {
}

static void
rest(void) {
}

int
main(void) {
    static const reflex_port port = {.read = port_read, .alive = NULL};
    port.write = port_write;
    bare_run(&port, rest);
}
`;

function build(stack: Partial<BuildResult>): BuildResult {
  const sizes = new Map([
    ["main.c", { code: 100, constants: 20, ram: 30 }],
    ["(libraries)", { code: 7, constants: 0, ram: 4 }],
  ]);
  return { image: new Uint8Array(), sizes, stackBytes: () => undefined, interruptStackBytes: () => 0, ...stack };
}

function request(source: string): Parameters<typeof firmwareSize>[0] {
  return { sources: new Map([["port/main.c", source]]), units: ["port/main.c"], includes: [], defines: [] };
}

describe("the size of an image", () => {
  test("is the sum of all its parts", () => {
    expect(firmwareSize(request(PORT), build({}))).toEqual({ flashBytes: 127, ramBytes: 34, stackBytes: null });
    expect(firmwareSize(request(PORT), { ...build({}), sizes: new Map() })).toBeNull();
  });

  test("has the stack of main, of what the port's pointers lead to, and of interrupts", () => {
    const asked: unknown[] = [];
    const stackBytes = (name: string, pointees?: readonly string[]): number => {
      asked.push([name, pointees]);
      return 100;
    };
    expect(firmwareSize(request(PORT), build({ stackBytes, interruptStackBytes: () => 11 }))?.stackBytes).toBe(111);
    expect(asked).toEqual([["main", ["port_read", "rest"]]]);
    expect(firmwareSize(request(PORT), build({ stackBytes, interruptStackBytes: () => undefined }))?.stackBytes).toBeNull();
  });

  test("must fit, stack included", () => {
    const size = { flashBytes: uno.flashBytes, ramBytes: 1800, stackBytes: 248 };
    expect(() => {
      requireFit(uno, size);
    }).not.toThrow();
    for (const more of [{ flashBytes: uno.flashBytes + 1 }, { ramBytes: 1801 }, { ramBytes: 2049, stackBytes: null }]) {
      expect(() => {
        requireFit(uno, { ...size, ...more });
      }).toThrow(/the image needs/);
    }
  });
});
