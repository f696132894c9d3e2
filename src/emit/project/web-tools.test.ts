import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { espImages } from "../../artifacts/esp-image.ts";
import type { Board } from "../../artifacts/board.ts";
import { flashParts, webToolsManifest } from "./web-tools.ts";

const reserved = { flashBytes: 0, ramBytes: 0 };
const board: Board = {
  id: "esp",
  name: "An ESP",
  core: "xtensa-lx6",
  clockHz: 240e6,
  flashBytes: 4 * 2 ** 20,
  ramBytes: 327_680,
  fpu: "single",
  dsp: false,
  frameworks: {
    arduino: { runtimes: ["c"], platform: "esp32:esp32", fqbn: "esp32:esp32:esp32", packageIndex: null, tflmLibrary: null, reserved },
    "esp-idf": { runtimes: ["c"], target: "esp32", link: "uart", reserved },
    platformio: { platform: "espressif32", board: "esp32dev", framework: "arduino" },
  },
  framework: "esp-idf",
  flash: { method: "esptool", chip: "ESP32", bootloaderAddress: 0x1000 },
  emulator: null,
  usb: [],
  led: null,
  notes: "",
};
const manifest = webToolsManifest({ name: "rover", version: "12ab", board, framework: "esp-idf" });

/** The manifest with its build changed. */
function withBuild(change: object): string {
  const whole = JSON.parse(manifest) as { readonly builds: readonly object[] };
  return JSON.stringify({ ...whole, builds: [{ ...whole.builds[0], ...change }] });
}

function codeOf(text: string): string {
  try {
    flashParts(text);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0]?.code ?? "";
    throw error;
  }
  return "";
}

describe("the manifest", () => {
  test("is what ESP Web Tools reads: src/const.ts of it", () => {
    expect(JSON.parse(manifest)).toEqual({
      name: "rover",
      version: "12ab",
      new_install_prompt_erase: true,
      builds: [
        {
          chipFamily: "ESP32",
          parts: [
            { path: "image/bootloader.bin", offset: 4096 },
            { path: "image/partition-table.bin", offset: 32_768 },
            { path: "image/firmware.bin", offset: 65_536 },
          ],
        },
      ],
    });
  });

  test.each(["esp-idf", "arduino", "platformio"] as const)("is read back as what %s's flash holds", (framework) => {
    const parts = flashParts(webToolsManifest({ name: "rover", version: "12ab", board, framework }));
    expect(parts).toEqual(espImages(board, framework).map(({ name, address }) => ({ path: `image/${name}`, address })));
    expect(parts.some(({ path }) => path.endsWith("boot_app0.bin"))).toBe(framework !== "esp-idf");
  });

  test("is read in the order of addresses", () => {
    const parts = [
      { path: "b.bin", offset: 0x8000 },
      { path: "a/b-1.bin", offset: 0 },
    ];
    expect(flashParts(withBuild({ parts }))).toEqual([
      { path: "a/b-1.bin", address: 0 },
      { path: "b.bin", address: 0x8000 },
    ]);
  });
});

describe("a damaged manifest is refused", () => {
  test.each<readonly [string, string]>([
    ["cut short", manifest.slice(0, -9)],
    ["no object", "7"],
    ["no builds", '{"name": "rover"}'],
    ["two builds", JSON.stringify({ builds: [{}, {}] })],
    ["a build that is none", '{"builds": [null]}'],
    ["another chip", withBuild({ chipFamily: "ESP8266" })],
    ["no parts", withBuild({ parts: [] })],
    ["a part that is none", withBuild({ parts: ["image/firmware.bin"] })],
    ["twice the same place", withBuild({ parts: ["a", "b"].map((path) => ({ path, offset: 0 })) })],
    ...["../firmware.bin", "/etc/passwd", "image/../../x", "image\\x", "C:x", "", ".", "..", "./x", "image/", "image//x", "a/..", 7].map(
      (path) => [`the path ${JSON.stringify(path)}`, withBuild({ parts: [{ path, offset: 0 }] })] as const,
    ),
    ...[-4096, 1, 4097, 0.5, 2 ** 60, "0x1000", null].map(
      (offset) => [`the offset ${JSON.stringify(offset)}`, withBuild({ parts: [{ path: "firmware.bin", offset }] })] as const,
    ),
  ])("%s", (_, text) => {
    expect(codeOf(text)).toBe("flash-manifest-damaged");
  });

  test("or holds what it held, whichever byte is lost", () => {
    const whole = flashParts(manifest);
    fc.assert(
      fc.property(fc.nat(manifest.length - 1), (place) => {
        const text = manifest.slice(0, place) + manifest.slice(place + 1);
        if (codeOf(text) === "") expect(flashParts(text)).toHaveLength(whole.length);
      }),
    );
  });
});
