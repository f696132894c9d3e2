// The projects for Arduino and ESP-IDF. Their sources are built with a few functions of each framework on this computer
// (tests/frameworks) and driven over the link, so that port, layout and entry points are run; their metadata are read.

import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import type { Runtime } from "../../src/artifacts/board.ts";
import type { FirmwareProject } from "../../src/artifacts/firmware-project.ts";
import { Random } from "../../src/core/random.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { processEmulator } from "../../src/host/emulators/process.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { withTemporaryFolder, writeSourceTree } from "../../src/host/temporary-folder.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { int8Policy } from "../../src/pipeline/policy.ts";
import { RobotBoard } from "../../src/pipeline/robot-board.ts";
import { buildNative, type NativeBuild } from "../native.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";

const robot = testRobot("discrete");
const bundle = randomBundle(robot, 2);

async function projectFor(board: string, runtime: Runtime): Promise<FirmwareProject> {
  return compileAgent(robot, bundle, await loadBoard(boardsFolder, board), { runtime }, await firmwareSources());
}

function textOf(project: FirmwareProject, path: string): string {
  const content = project.request.sources.get(path);
  if (typeof content !== "string") throw new Error(`${path} is not in the project: ${[...project.request.sources.keys()].join(", ")}`);
  return content;
}

/** The board drives the robot as the host computes it. */
async function expectDriven(image: Uint8Array): Promise<void> {
  const running = await processEmulator().boot(image);
  try {
    const board = await RobotBoard.connect(running.port, robot);
    expect(board.session.hello).toMatchObject({ name: "test-robot", policyHash: bundle.policyHash });
    await board.startLockStep();
    const oracle = int8Policy(robot.spec, bundle.form, bundle.graph);
    const random = new Random(3);
    for (let tick = 0; tick < 100; tick++) {
      const observation = randomObservation(robot.spec, random);
      const { output, action, faults } = await board.decide(observation);
      expect({ output, action, faults }).toEqual({ output: oracle.output(observation), action: oracle.action(observation), faults: [] });
    }
  } finally {
    await running.stop();
  }
}

describe("Arduino library", () => {
  const SKETCH = "examples/robot/robot.ino";

  test.skipIf(requires("cc", "c++")).each([
    ["the mbed core", ["-DARDUINO=10819", "-DARDUINO_ARCH_MBED", "-DNRF52840_XXAA"]],
    ["other cores", ["-DARDUINO=10819"]],
  ])(
    "drives through %s",
    async (_, defines) => {
      const { request } = await projectFor("nano33ble", "c");
      const build: NativeBuild = {
        cxxFlags: [...defines, "-include", "Arduino.h", `-I${process.cwd()}/tests/frameworks/arduino`],
        others: ["tests/frameworks/arduino/board.cpp"],
      };
      await expectDriven(await buildNative({ ...request, units: [...request.units, SKETCH] }, build));
    },
    120_000,
  );

  test("is laid out as Arduino's library specification says", async () => {
    const project = await projectFor("nano33ble", "c");
    const paths = [...project.request.sources.keys()];
    expect([...project.personal]).toEqual([SKETCH]);
    expect(paths).toEqual(expect.arrayContaining(["library.properties", "README.md", "src/robot.h", "src/policy.c", "src/reflex_agent.c"]));
    expect(paths.filter((path) => path.startsWith("src/") && path.split("/").length > 2)).toEqual([]);
    const properties = Object.fromEntries(
      textOf(project, "library.properties")
        .trimEnd()
        .split("\n")
        .map((line) => /^([a-z]+)=(.*)$/.exec(line)?.slice(1) as [string, string]),
    ) as Record<string, string>;
    expect(properties).toMatchObject({
      name: "test_robot_policy",
      includes: "test_robot_policy.h",
      architectures: "mbed_nano",
      category: "Device Control",
    });
    expect(properties["name"]).toMatch(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}$/);
    expect(properties["version"]).toMatch(/^\d+\.\d+\.\d+$/);
    expect(properties).not.toHaveProperty("depends");
    expect(textOf(project, SKETCH)).toContain(`#include <${properties["includes"] ?? ""}>`);
    expect(paths).toContain(`src/${properties["includes"] ?? ""}`);
  });

  test("asks for TensorFlow Lite Micro where that runs the policy", async () => {
    const project = await projectFor("nano33ble", "tflm");
    expect(textOf(project, "library.properties")).toContain("\ndepends=Chirale_TensorFLowLite\n");
    expect(textOf(project, "README.md")).toContain("arduino-cli lib install Chirale_TensorFLowLite");
    expect(project.request.units).toEqual(expect.arrayContaining(["src/policy.cpp", "src/policy_model.cpp"]));
  });

  test("gets no fully connected layer with a scale a row, which its TensorFlow Lite Micro would run wrongly", async () => {
    const perRow = randomBundle(robot, 1);
    const glue = async (board: string): Promise<string> => {
      const project = compileAgent(robot, perRow, await loadBoard(boardsFolder, board), { runtime: "tflm" }, await firmwareSources());
      return [...project.request.sources].filter(([path]) => path.endsWith("/policy.cpp")).map(([, content]) => String(content))[0] ?? "";
    };
    expect(await glue("esp32")).toContain("AddFullyConnected");
    expect(await glue("nano33ble")).toContain("AddConv2D");
    expect(await glue("nano33ble")).not.toContain("AddFullyConnected");
  });
});

describe("ESP-IDF project", () => {
  test.skipIf(requires("cc", "c++"))(
    "drives",
    async () => {
      const { request } = await projectFor("esp32", "c");
      const headers = `-I${process.cwd()}/tests/frameworks/esp-idf`;
      await expectDriven(await buildNative(request, { cFlags: [headers], others: ["tests/frameworks/esp-idf/board.c"] }));
    },
    120_000,
  );

  describe.skipIf(requires("cmake"))("CMake", () => {
    let said: string;
    beforeAll(async () => {
      const project = await projectFor("esp32", "c");
      said = await withTemporaryFolder(async (folder) => {
        writeSourceTree(folder, project.request.sources);
        const environment = { ...process.env, IDF_PATH: `${process.cwd()}/tests/frameworks/esp-idf` };
        return Promise.resolve(execFileSync("cmake", ["-S", folder, "-B", `${folder}/build`], { env: environment, encoding: "utf8" }));
      });
    });

    test("reads the project and registers both components with sources that exist", () => {
      expect(said).toContain("project test-robot\n");
      expect(said).toContain("component main: main.c | . | \n");
      expect(said).toMatch(
        /component test_robot_policy: policy\.c;robot\.c;.*reflex_agent\.c;.*reflex_esp_idf\.c \| \. \| esp_driver_uart;esp_timer\n/,
      );
    });
  });

  test("keeps what is the person's", async () => {
    const project = await projectFor("esp32", "c");
    expect([...project.personal].sort()).toEqual(["main/CMakeLists.txt", "main/main.c", "sdkconfig.defaults"]);
    for (const path of project.personal) textOf(project, path);
  });

  test.each<[Runtime, Record<string, string>]>([
    ["c", { idf: ">=5.3" }],
    ["tflm", { idf: ">=5.3", "espressif/esp-tflite-micro": "^1.3.5" }],
  ])("the manifest of runtime %s", async (runtime, dependencies) => {
    const manifest = textOf(await projectFor("esp32", runtime), "components/test_robot_policy/idf_component.yml");
    expect(flatYaml(manifest)).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, dependencies });
  });
});

/** YAML of `key: "text"` and one level of `key:` above such: all that the manifest needs. */
function flatYaml(text: string): Record<string, string | Record<string, string>> {
  const result: Record<string, string | Record<string, string>> = {};
  let group = result as Record<string, string>;
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, indent, key, value] = /^( {2})?([\w/-]+):(?: "([^"]*)")?$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`not in the manifest's subset of YAML: ${line}`);
    if (indent === undefined) group = result as Record<string, string>;
    if (value === undefined) result[key] = group = {};
    else group[key] = value;
  }
  return result;
}
