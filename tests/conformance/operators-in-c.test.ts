// Every operator in generated C against TensorFlow Lite Micro's reference kernels: each golden case bit for bit, as a program of
// this machine under sanitizers, as WebAssembly and on emulated cores; and with the parameters of another training swapped in.

import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { at } from "../../src/core/assert.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress } from "../../src/core/io.ts";
import { rawSizes, type IntegerProgram } from "../../src/artifacts/integer-program.ts";
import { emitPolicy, layoutHashOf, type EmitTarget } from "../../src/emit/c/policy.ts";
import { OPTIMIZATIONS } from "../../src/emit/c/printed-step.ts";
import { createTemporaryFolder, writeSourceTree } from "../../src/host/temporary-folder.ts";
import { nativeCc } from "../../src/host/toolchains/native-cc.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { emulatedTarget, firmwareSources } from "../../src/cli/target.ts";
import { compileProbe } from "../../src/pipeline/firmware.ts";
import { bootProject } from "../../src/pipeline/robot-board.ts";
import { probeOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { createInterpreter } from "../../src/quantize/interpreter.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { goldenCase, OPERATOR_CASES, operatorCase } from "../golden/models.ts";
import { requires } from "../requires.ts";
import { retrained } from "../retrained.ts";
import { ANSWERS, ManyPolicies, splitAnswer, type COMMANDS } from "./many-policies.ts";
import { TARGETS } from "./targets.ts";

const STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

/** Policies in one image, and vectors of each. */
const CASES_AN_IMAGE = 24;
const VECTORS = 12;
const SWAPPED_VECTORS = 3;

/** Whose probe it is does not matter: its policy is replaced. */
const ANY_GRAPH = valueOf(readTflite(goldenCase("mlpA").model, "mlpA"));

/** Boards that run all cases; the others run one of each operator, and tests/property/kernel-families their own kernels. */
const THOROUGH = process.env["FULL"] === "1" ? ["host", "virtual", "qemu-cortex-m4"] : ["host", "qemu-cortex-m4"];

interface Example {
  readonly name: string;
  readonly program: IntegerProgram;
  readonly inputs: readonly Int8Array[];
  readonly outputs: readonly Int8Array[];
  /** State is reset before each vector. */
  readonly reset: boolean;
}

const EXAMPLES: readonly Example[] = OPERATOR_CASES.map(({ name, state }) => {
  const { model, inputs, outputs } = operatorCase(name);
  const program = valueOf(lowerGraph(valueOf(readTflite(model, name))));
  const { inputBytes, outputBytes } = rawSizes(program);
  const rows = (bytes: Int8Array, size: number): Int8Array[] => splitVectors(new Uint8Array(bytes.buffer), size, name).slice(0, VECTORS);
  return { name, program, inputs: rows(inputs, inputBytes), outputs: rows(outputs, outputBytes), reset: state === "reset" };
});

/** The first case of each operator, and of whole graphs. */
const FIRST_OF_EACH = EXAMPLES.filter(({ name }, index) => EXAMPLES.findIndex((each) => kindOf(each.name) === kindOf(name)) === index);

function kindOf(name: string): string {
  return name.replace(/_\d+$/, "");
}

/** What an example is asked, and what it must answer. */
interface Question {
  readonly example: string;
  readonly input: Int8Array;
  readonly answer: number;
  readonly output: Int8Array;
}

/** The golden vectors; then some with the parameters of another training, where those fit the same code; then the first again. */
function questions(examples: readonly Example[], target: EmitTarget, policies: ManyPolicies): Question[] {
  return examples.flatMap(({ name, program, inputs, outputs, reset }, index) => {
    const question = (command: keyof typeof COMMANDS, input: Int8Array, answer: number, output: Int8Array): Question => {
      return { example: name, input: policies.input(index, command, input), answer, output };
    };
    const other = retrained(program, index);
    const interpreter = createInterpreter(other);
    const sameCode = layoutHashOf(other, target) === layoutHashOf(program, target);
    const swapped = inputs.slice(0, SWAPPED_VECTORS).map((input) => {
      interpreter.reset();
      const output = interpreter.infer(input);
      return sameCode
        ? question("swap", input, ANSWERS.done, output)
        : question("swap", input, ANSWERS.refused, new Int8Array(output.length));
    });
    return [
      ...inputs.map((input, vector) => question(reset || vector === 0 ? "reset" : "infer", input, ANSWERS.done, at(outputs, vector))),
      ...swapped,
      question("swapBack", at(inputs, 0), ANSWERS.done, at(outputs, 0)),
    ];
  });
}

const BACKENDS = [
  { name: "this machine, with sanitizers and all warnings as errors", board: "host", tools: ["cc"], strict: true },
  ...TARGETS.filter(({ board }) => board !== "host" && board !== "uno").map(({ board, tools }) => ({
    name: board,
    board,
    tools,
    strict: false,
  })),
];

describe.each(BACKENDS)("$name", ({ board, tools, strict }) => {
  const examples = THOROUGH.includes(board) ? EXAMPLES : FIRST_OF_EACH;
  const images = Array.from({ length: Math.ceil(examples.length / CASES_AN_IMAGE) }, (_, index) => ({
    optimize: at(OPTIMIZATIONS, index % OPTIMIZATIONS.length),
    part: examples.slice(index * CASES_AN_IMAGE, (index + 1) * CASES_AN_IMAGE),
    from: at(examples, index * CASES_AN_IMAGE).name,
  }));

  test.skipIf(requires(...tools)).each(images)("$from and what follows, $optimize", async ({ part, optimize }) => {
    const usual = await emulatedTarget(board);
    const toolchain = strict ? nativeCc({ sanitizers: ["address", "undefined"], flags: STRICT }) : usual.toolchain;
    const target: EmitTarget = { core: usual.board.core, optimize };
    const policies = new ManyPolicies(part.map(({ program }, index) => ({ program, retrained: retrained(program, index) })), target); // prettier-ignore
    const asked = questions(part, target, policies);
    const probe = compileProbe(ANY_GRAPH, "many", usual.board, { runtime: "c" }, await firmwareSources());
    const { running } = await bootProject({ ...probe, request: policies.request(probe.request) }, toolchain, usual.emulator);
    try {
      const inputs = asked.map(({ input }) => input);
      const raw = await probeOutputs(running.port, inputs, silentProgress, board);
      const actual = asked.map(({ example, output }, index) => ({ example, ...splitAnswer(at(raw, index), output.length) }));
      expect(actual).toEqual(asked.map(({ example, answer, output }) => ({ example, answer, output })));
    } finally {
      await running.stop();
    }
  });
});

// Hundreds of files for one run of a program that checks them.
describe("the files of every example", { timeout: 300_000 }, () => {
  const withFiles = (check: (files: readonly string[]) => void): void => {
    const folder = createTemporaryFolder();
    const identity = { name: "style", policyHash: "0123456789abcdef", toolVersion: "0.0.0", origin: [] };
    try {
      cpSync(".clang-format", path.join(folder.path, ".clang-format"));
      for (const { name, program } of EXAMPLES) {
        writeSourceTree(path.join(folder.path, name), emitPolicy(program, identity, { core: "host", optimize: "balanced" }).files);
      }
      check(EXAMPLES.flatMap(({ name }) => ["policy.h", "policy.c"].map((file) => path.join(folder.path, name, file))));
    } finally {
      folder.remove();
    }
  };

  test.skipIf(requires("clang-format"))("are formatted as the firmware is", () => {
    withFiles((files) => {
      execFileSync("clang-format", ["--dry-run", "--Werror", ...files], { stdio: "pipe" });
    });
  });

  test.skipIf(requires("cppcheck"))("give cppcheck nothing to say", () => {
    const settings = ["--quiet", "--error-exitcode=1", "--enable=warning,portability,performance", "--std=c99"];
    withFiles((files) => {
      execFileSync("cppcheck", [...settings, ...files.filter((file) => file.endsWith(".c"))], { stdio: "pipe" });
    });
  });
});
