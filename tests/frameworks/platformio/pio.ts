// Stands in for pio. Sources: platformio/{run/cli.py,run/processor.py,project/commands/metadata.py,builder/tools/{piointegration,pioupload}.py,
// http.py} of PlatformIO Core 6.1 and builder/frameworks/espidf.py of its platform espressif32.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { complaints, fail, noteCall, partitionsIn, settingsIn } from "../stand-in.ts";

/** The boards of its platforms that are asked for here: chip, frameworks, what is built. */
const BOARDS: Readonly<Record<string, { platform: string; chip: string; frameworks: readonly string[]; firmware: readonly string[] }>> = {
  "esp32-s3-devkitc-1": { platform: "espressif32", chip: "esp32s3", frameworks: ["arduino", "espidf"], firmware: ["firmware.bin"] },
  arduino_nano_esp32: { platform: "espressif32", chip: "esp32s3", frameworks: ["arduino", "espidf"], firmware: ["firmware.bin"] },
  uno: { platform: "atmelavr", chip: "atmega328p", frameworks: ["arduino"], firmware: ["firmware.hex"] },
};

const options = process.argv.slice(2);
noteCall(options);
if (options.join(" ") === "--version") say("PlatformIO Core, version 6.1.18");
else if (options.length === 5 && options.slice(0, 4).join(" ") === "run -d . -e") run(options[4] ?? "");
else if (options.length === 7 && options.slice(0, 5).join(" ") === "project metadata -d . -e" && options[6] === "--json-output")
  metadata(options[5] ?? "");
else fail(`Usage: pio [OPTIONS] COMMAND [ARGS]...\n\nError: no such command or option: ${options.join(" ")}`);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The options of an environment of platformio.ini. */
function optionsOf(environment: string): Map<string, string> {
  if (!existsSync("platformio.ini"))
    fail("NotPlatformIOProjectError: Not a PlatformIO project. `platformio.ini` file has not been found", 1);
  const [, section] = readFileSync("platformio.ini", "utf8").split(`[env:${environment}]\n`);
  if (section === undefined) fail(`UnknownEnvNamesError: Unknown environment names '${environment}'`, 1);
  return new Map([...section.matchAll(/^(\S+) = (.+)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

function boardOf(settings: ReadonlyMap<string, string>): { chip: string; framework: string; firmware: readonly string[] } {
  const [platform, id, framework] = ["platform", "board", "framework"].map((name) => settings.get(name) ?? "");
  if (process.env["STAND_IN_OFFLINE"] !== undefined)
    fail(
      "InternetConnectionError: You are not connected to the Internet.\nPlatformIO needs the Internet connection to download dependent packages or to work with PlatformIO Account.",
      1,
    );
  const board = BOARDS[id ?? ""];
  if (board === undefined || board.platform !== platform) fail(`UnknownBoard: Unknown board ID '${id ?? ""}'`, 1);
  if (!board.frameworks.includes(framework ?? "")) fail(`Error: This board doesn't support ${framework ?? ""} framework!`, 1);
  return { chip: board.chip, framework: framework ?? "", firmware: board.firmware };
}

function run(environment: string): void {
  const settings = optionsOf(environment);
  const { chip, framework, firmware } = boardOf(settings);
  say(`Processing ${environment} (${[...settings].map(([name, value]) => `${name}: ${value}`).join("; ")})\n${"-".repeat(80)}`);
  const output = `.pio/build/${environment}`;
  const failed = (words: string): never => {
    process.stderr.write(`${words}*** [${output}/src/main.o] Error 1\n`);
    return fail(`========================= [FAILED] Took 3.11 seconds =========================`, 1);
  };
  if (framework === "espidf") configureIdf(environment, settings, chip, failed);
  else if (!existsSync("src/main.cpp")) failed("Nothing to build. Please put your source code files to the 'src' folder\n");
  mkdirSync(output, { recursive: true });
  for (const file of firmware) writeFileSync(`${output}/${file}`, `${file} of ${environment}`);
  if (chip.startsWith("esp")) {
    writeFileSync(`${output}/bootloader.bin`, `bootloader of ${chip}`);
    writeFileSync(`${output}/partitions.bin`, "partition table");
  }
  say('Checking size .pio/build/x/firmware.elf\nAdvanced Memory Usage is available via "PlatformIO Home > Project Inspect"');
  say("RAM:   [=         ]   8.0% (used 26220 bytes from 327680 bytes)\nFlash: [==        ]  17.2% (used 225437 bytes from 1310720 bytes)");
  say("========================= [SUCCESS] Took 9.02 seconds =========================");
}

/** What its script for ESP-IDF reads of a project, and its compiler of src/main.c. */
function configureIdf(environment: string, settings: ReadonlyMap<string, string>, chip: string, failed: (words: string) => never): void {
  for (const list of ["CMakeLists.txt", "src/CMakeLists.txt"]) if (!existsSync(list)) failed(`${list} is missing: it would be made\n`);
  if (existsSync("main")) failed("Warning! Detected two different targets with project sources.\n");
  const wanted = settingsIn(readFileSync("sdkconfig.defaults", "utf8"));
  if (wanted.get("IDF_TARGET") !== chip)
    failed(`Target '${wanted.get("IDF_TARGET") ?? ""}' in sdkconfig does not match currently selected IDF_TARGET '${chip}'.\n`);
  writeFileSync(`sdkconfig.${environment}`, "");
  const factory = partitionsIn(readFileSync(settings.get("board_build.partitions") ?? "", "utf8")).get("factory");
  if (factory?.offset !== 0x10000) failed("Error: no program in the table\n");
  const [component = ""] = /components\/\w+/.exec(readFileSync("README.md", "utf8")) ?? [];
  const headers = path.join(path.dirname(new URL(import.meta.url).pathname), "../esp-idf");
  const words = complaints("src/main.c", [`-I${component}`, `-I${headers}`, `-DCONFIG_IDF_TARGET_${chip.toUpperCase()}`]);
  if (words !== null) failed(`Compiling .pio/build/${environment}/src/main.o\n${words}`);
}

function metadata(environment: string): void {
  if (process.env["STAND_IN_NO_METADATA"] !== undefined) fail("Error: No such command 'metadata'.");
  const settings = optionsOf(environment);
  const { framework } = boardOf(settings);
  const output = path.resolve(".pio/build", environment);
  const boot = path.join(process.env["PLATFORMIO_CORE_DIR"] ?? "", "packages/framework-arduinoespressif32/tools/partitions/boot_app0.bin");
  const image = (offset: string, file: string): object => ({ offset, path: file });
  const extra = {
    flash_images: [
      image(process.env["STAND_IN_BOOTLOADER"] ?? "0x0000", path.join(output, "bootloader.bin")),
      image("0x8000", path.join(output, "partitions.bin")),
      ...(framework === "arduino" ? [image("0xe000", boot)] : []),
    ],
    application_offset: "0x10000",
  };
  say("Reading CMake configuration...");
  say(
    JSON.stringify({
      [environment]: { build_type: "release", env_name: environment, defines: [], prog_path: path.join(output, "firmware.elf"), extra },
    }),
  );
}
