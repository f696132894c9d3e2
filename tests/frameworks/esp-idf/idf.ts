// Stands in for idf.py. Sources: tools/idf_py_actions/{core_ext,tools}.py, components/esptool_py/flasher_args.json.in and
// components/partition_table/check_sizes.py of ESP-IDF 5.5, esp_idf_size/format_json.py of esp-idf-size.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { complaints, fail, noteCall, partitionsIn, settingsIn } from "../stand-in.ts";

const BOOTLOADER_OFFSETS = new Map([
  ["esp32", "0x1000"],
  ["esp32s3", "0x0"],
  ["esp32c3", "0x0"],
  ["esp32c6", "0x0"],
]);

const options = process.argv.slice(2);
noteCall(options);
if (options[0] === "--version") say("ESP-IDF v5.5.1");
else act();

function act(): void {
  const home = process.env["IDF_PATH"];
  if (process.env["IDF_PYTHON_ENV_PATH"] === undefined || home === undefined)
    fail(
      `No module named 'click'\nThis usually means that "idf.py" was not spawned within an ESP-IDF shell environment or the python virtual environment used by "idf.py" is corrupted.`,
      1,
    );
  const [action, ...rest] = options;
  if (action === "set-target" && rest.length === 1) setTarget(rest[0] ?? "");
  else if (action === "build" && rest.length === 0) build();
  else if (action === "size" && rest.join(" ").startsWith("--format json2 --output-file ") && rest.length === 4) size(rest[3] ?? "");
  else fail(`Usage: idf.py [OPTIONS] COMMAND1 [ARGS]...\n\nError: no such command or option: ${options.join(" ")}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function setTarget(target: string): void {
  if (!BOOTLOADER_OFFSETS.has(target)) fail(`Invalid value for '{esp32|esp32s3|esp32c3|esp32c6}': '${target}' is not one of them.`);
  rmSync("build", { recursive: true, force: true });
  if (existsSync("sdkconfig")) renameSync("sdkconfig", "sdkconfig.old");
  say(`Set Target to: ${target}, new sdkconfig will be created.`);
  configure(target);
}

/** What CMake does: reads every list, makes sdkconfig, downloads components. @returns the project's name and its settings. */
function configure(target: string): { name: string; settings: Map<string, string>; component: string } {
  const lists = readFileSync("CMakeLists.txt", "utf8");
  const [, name] = /^project\((.+)\)$/m.exec(lists) ?? [];
  if (name === undefined || !lists.includes("include($ENV{IDF_PATH}/tools/cmake/project.cmake)"))
    fail("CMake Error at CMakeLists.txt: no project");
  if (!readFileSync("main/CMakeLists.txt", "utf8").includes("idf_component_register("))
    fail("CMake Error at main/CMakeLists.txt: no component");
  const component = `components/${readdirSync("components").join()}`;
  for (const [, source = ""] of readFileSync(`${component}/CMakeLists.txt`, "utf8").matchAll(/^ {8}"(.+)"$/gm))
    if (!existsSync(`${component}/${source}`)) fail(`CMake Error at ${component}/CMakeLists.txt: Cannot find source file: ${source}`);
  const required = /PRIV_REQUIRES (.+)\)/.exec(readFileSync(`${component}/CMakeLists.txt`, "utf8"))?.[1]?.split(" ") ?? [];
  const known = ["esp_driver_uart", "esp_driver_usb_serial_jtag", "esp_timer"];
  for (const each of required)
    if (!known.includes(each)) fail(`CMake Error at tools/cmake/build.cmake:328 (message):\n  Failed to resolve component '${each}'.`);
  const manifest = readFileSync(`${component}/idf_component.yml`, "utf8");
  if (manifest.includes("espressif/esp-tflite-micro:") && process.env["STAND_IN_OFFLINE"] !== undefined)
    fail(
      "NOTICE: Dependencies lock doesn't exist, solving dependencies.\nERROR: Cannot establish a connection to the component registry. Are you connected to the internet?\nURL: https://components-file.espressif.com/components/espressif/esp-tflite-micro.json",
    );
  if (!existsSync("sdkconfig")) {
    const text = readFileSync("sdkconfig.defaults", "utf8").replace(/^CONFIG_IDF_TARGET=.*\n/m, "");
    writeFileSync("sdkconfig", `CONFIG_IDF_TARGET="${target}"\n${text}`);
  }
  return { name, settings: settingsIn(readFileSync("sdkconfig", "utf8")), component };
}

function build(): void {
  const wanted = settingsIn(readFileSync("sdkconfig.defaults", "utf8")).get("IDF_TARGET") ?? "esp32";
  const target = process.env["IDF_TARGET"] ?? wanted;
  const had = existsSync("sdkconfig") ? settingsIn(readFileSync("sdkconfig", "utf8")).get("IDF_TARGET") : undefined;
  if (had !== undefined && had !== target)
    fail(
      `Project sdkconfig '${path.resolve("sdkconfig")}' was generated for target '${had}', but environment variable IDF_TARGET is set to '${target}'. Run 'idf.py set-target ${target}' to generate new sdkconfig file for target ${target}.`,
    );
  const { name, settings, component } = configure(target);
  say("Executing action: all (aliases: build)");
  const headers = path.dirname(new URL(import.meta.url).pathname);
  const flags = [`-I${path.resolve(component)}`, `-I${headers}`, `-DCONFIG_IDF_TARGET_${target.toUpperCase()}`];
  say("[1/3] Building C object esp-idf/main/CMakeFiles/__idf_main.dir/main.c.obj");
  const words = complaints(path.resolve("main/main.c"), flags);
  const end = `ninja failed with exit code 1, output of the command is in the ${path.resolve("build/log/idf_py_stderr_output_1")} and ${path.resolve("build/log/idf_py_stdout_output_1")}`;
  if (words !== null) {
    say("FAILED: esp-idf/main/CMakeFiles/__idf_main.dir/main.c.obj ");
    say(`/opt/esp/bin/xtensa-${target}-elf-gcc -DESP_PLATFORM ${flags.join(" ")} -c ${path.resolve("main/main.c")}`);
    say(`${words}ninja: build stopped: subcommand failed.`);
    fail(end);
  }
  if (!/^app_main\(void\)/m.test(readFileSync("main/main.c", "utf8"))) {
    say("[2/3] Linking CXX executable");
    say(`/opt/esp/bin/ld: esp-idf/freertos/libfreertos.a(app_startup.c.obj): in function \`main_task': undefined reference to \`app_main'`);
    say("collect2: error: ld returned 1 exit status\nninja: build stopped: subcommand failed.");
    fail(end);
  }
  const factory = partitionsIn(readFileSync(settings.get("PARTITION_TABLE_CUSTOM_FILENAME") ?? "", "utf8")).get("factory");
  if (factory === undefined) fail("Error: no app partition");
  const program = new Uint8Array(Number(process.env["STAND_IN_PROGRAM_BYTES"] ?? 200_000)).fill(0xe9);
  if (program.length > factory.size)
    fail(
      `Error: app partition is too small for binary ${name}.bin size 0x${program.length.toString(16)}:\n  - Part 'factory' 0/0 @ 0x10000 size 0x${factory.size.toString(16)} (overflow)`,
    );
  leave(name, program, target, settings.get("PARTITION_TABLE_OFFSET") ?? "0x8000", `0x${factory.offset.toString(16)}`);
  say("[3/3] Generating binary image from built executable\n\nProject build complete. To flash, run:\n idf.py flash");
}

function leave(name: string, program: Uint8Array, target: string, table: string, app: string): void {
  const bootloader = BOOTLOADER_OFFSETS.get(target) ?? "";
  mkdirSync("build/bootloader", { recursive: true });
  mkdirSync("build/partition_table", { recursive: true });
  writeFileSync("build/bootloader/bootloader.bin", `bootloader of ${target}`);
  writeFileSync("build/partition_table/partition-table.bin", "partition table");
  rmSync(`build/${name}.bin`, { force: true });
  if (process.env["STAND_IN_NO_PROGRAM"] === undefined) writeFileSync(`build/${name}.bin`, program);
  const entry = (offset: string, file: string): object => ({ offset, file, encrypted: "false" });
  const flasher = {
    write_flash_args: ["--flash_mode", "dio", "--flash_size", "4MB", "--flash_freq", "40m"],
    flash_settings: { flash_mode: "dio", flash_size: "4MB", flash_freq: "40m" },
    flash_files: {
      [bootloader]: "bootloader/bootloader.bin",
      [app]: `${name}.bin`,
      [table]: "partition_table/partition-table.bin",
      ...(existsSync("storage.bin") ? { "0x3f0000": "../storage.bin" } : {}),
    },
    bootloader: entry(bootloader, "bootloader/bootloader.bin"),
    app: entry(app, `${name}.bin`),
    "partition-table": entry(table, "partition_table/partition-table.bin"),
    extra_esptool_args: { after: "hard_reset", before: "default_reset", stub: true, chip: target },
  };
  writeFileSync("build/flasher_args.json", JSON.stringify(flasher, null, 4));
}

function size(file: string): void {
  if (!existsSync("build/flasher_args.json")) fail("ninja failed: nothing is built");
  if (process.env["STAND_IN_NO_SIZE"] !== undefined) fail("ninja failed with exit code 1");
  const layout = [
    { name: "Flash Code", total: 8323040, used: 90102, free: 8232938, parts: { ".text": { size: 90102 } } },
    { name: "DIRAM", total: 341760, used: 51003, free: 290757, parts: { ".text": { size: 40651 }, ".data": { size: 8552 } } },
    { name: "IRAM", total: 16384, used: 16383, free: 1, parts: { ".text": { size: 15356 } } },
  ];
  writeFileSync(file, JSON.stringify({ version: "1.1", layout }, null, 4));
  say("Executing action: size");
}
