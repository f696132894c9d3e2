// A project for CMake: the files of a bare project and the board in, CMakeLists.txt and the compiler's toolchain file out. Flags, order of
// units and linker script are those of reflexarc's own build, so that both give the same bytes. CMake 3.16 or newer.

import { bareSupport, type Board } from "../../artifacts/board.ts";
import {
  COMPILE,
  crossCore,
  LEAVE_OUT_UNUSED,
  linkerScript,
  NATIVE_LIBRARIES,
  SECTIONS,
  SOURCES_START,
} from "../../artifacts/gnu-flags.ts";
import type { BuildRequest } from "../../core/io.ts";

export interface CmakeNames {
  /** What CMake calls the project. */
  readonly project: string;
  /** Of reflexarc, and for whom it was: words of a comment. */
  readonly generatedBy: string;
}

const TOOLCHAIN_FILE = "toolchain.cmake";

/** Empty where no compiler that CMake knows builds the board's programs. */
export function cmakeFiles(board: Board, request: BuildRequest, names: CmakeNames): readonly (readonly [string, string])[] {
  switch (bareSupport(board).toolchain) {
    case "yowasp-clang":
      return [];
    case "cc":
      return [["CMakeLists.txt", nativeLists(request, names)]];
    case "arm-none-eabi-gcc":
    case "riscv64-unknown-elf-gcc":
    case "xtensa-lx106-elf-gcc":
    case "avr-gcc":
      return [
        ["CMakeLists.txt", crossLists(board, request, names)],
        [TOOLCHAIN_FILE, toolchainFile(board, names)],
      ];
  }
}

function toolchainFile(board: Board, { generatedBy }: CmakeNames): string {
  const { compiler, machine } = crossCore(board.core);
  return `# ${generatedBy}
# The compiler, which has to be on the PATH, and the core that it compiles for.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR ${board.core})
set(CMAKE_C_COMPILER ${compiler})
set(CMAKE_C_FLAGS_INIT "${machine.join(" ")}")
# Without a linker script CMake's own test programs do not link.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
`;
}

function crossLists(board: Board, request: BuildRequest, names: CmakeNames): string {
  const { compile, libraries, startup } = crossCore(board.core);
  const map = "-Wl,-Map=firmware.map";
  // The script may include others from its folder.
  const script = startup === "library" ? null : linkerScript(request.sources.keys());
  const linked = script === null ? [] : [`-T${here(script.script)}`, `-L${here(script.folder)}`, SOURCES_START];
  return `${head(names)}
# Before project(), which looks for the compiler.
if(NOT CMAKE_TOOLCHAIN_FILE)
  set(CMAKE_TOOLCHAIN_FILE ${here(TOOLCHAIN_FILE)})
endif()
project(${names.project} C)

${executable(request, [...COMPILE, ...SECTIONS, ...compile])}set_target_properties(firmware PROPERTIES SUFFIX .elf${script === null ? "" : ` LINK_DEPENDS ${here(script.script)}`})
target_link_options(firmware PRIVATE
${listed([...linked, ...optionsOf(libraries), LEAVE_OUT_UNUSED, map])})
target_link_libraries(firmware PRIVATE ${namesOf(libraries).join(" ")})

# What programmers take. firmware.map tells where everything lies, and what it takes.
add_custom_command(TARGET firmware POST_BUILD
  COMMAND \${CMAKE_OBJCOPY} -O ihex firmware.elf firmware.hex
  COMMAND \${CMAKE_OBJCOPY} -O binary firmware.elf firmware.bin
  BYPRODUCTS firmware.hex firmware.bin firmware.map
  VERBATIM)
`;
}

function nativeLists(request: BuildRequest, names: CmakeNames): string {
  return `${head(names)}project(${names.project} C)

${executable(request, COMPILE)}target_link_libraries(firmware PRIVATE ${namesOf(NATIVE_LIBRARIES).join(" ")})
`;
}

function head({ generatedBy }: CmakeNames): string {
  return `# ${generatedBy}
#
#     cmake -S . -B build
#     cmake --build build

cmake_minimum_required(VERSION 3.16)
`;
}

function executable({ units, includes, defines }: BuildRequest, options: readonly string[]): string {
  const definitions = defines.length === 0 ? "" : `target_compile_definitions(firmware PRIVATE\n${listed(defines)})\n`;
  return `add_executable(firmware
${listed(units)})
target_include_directories(firmware PRIVATE ${includes.join(" ")})
${definitions}target_compile_options(firmware PRIVATE
${listed(options)})
`;
}

function here(file: string): string {
  return `\${CMAKE_CURRENT_SOURCE_DIR}/${file}`;
}

/** CMake puts options before the objects and libraries, by name, behind them. */
function namesOf(libraries: readonly string[]): readonly string[] {
  return libraries.filter((each) => each.startsWith("-l")).map((each) => each.slice(2));
}

function optionsOf(libraries: readonly string[]): readonly string[] {
  return libraries.filter((each) => !each.startsWith("-l"));
}

function listed(items: readonly string[]): string {
  return items.map((item) => `  ${item}`).join("\n");
}
