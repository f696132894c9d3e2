// What a policy keeps from one inference to the next, copied and put back by the generated C: others may run in between. LSTMs with
// states of both widths.

import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { valueOf } from "../../src/core/diagnostic.ts";
import { emitPolicy } from "../../src/emit/c/policy.ts";
import { withTemporaryFolder } from "../../src/host/temporary-folder.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { buildNative } from "../native.ts";
import { requires } from "../requires.ts";

const OPERATORS = "tests/golden/ops";
const MODELS = readdirSync(OPERATORS).filter((name) => /lstm.*\.tflite$/.test(name));

/** Ends with 0 when inferences go on after policy_recall as they would have without the others; 2 when nothing was to be kept. */
const MAIN = `#include <string.h>
#include "policy.h"

static int8_t input[POLICY_INPUT_SIZE], other[POLICY_INPUT_SIZE];
static int8_t straight[POLICY_OUTPUT_SIZE], again[POLICY_OUTPUT_SIZE], afresh[POLICY_OUTPUT_SIZE];
static uint8_t memory[POLICY_STATE_BYTES];

int
main(void) {
    int forgets = 0;

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < POLICY_INPUT_SIZE; i++) {
            input[i] = (int8_t)(i * 37 + round * 11 - 60);
            other[i] = (int8_t)(100 - i * 53);
        }
        (void)policy_infer(input, straight);
        policy_remember(memory);
        (void)policy_infer(input, straight);
        (void)policy_init();
        (void)policy_infer(input, afresh);
        (void)policy_infer(other, again);
        policy_recall(memory);
        (void)policy_infer(input, again);
        if (memcmp(straight, again, sizeof(again)) != 0) {
            return 1;
        }
        forgets += memcmp(straight, afresh, sizeof(afresh)) != 0;
    }
    return forgets > 0 ? 0 : 2;
}
`;

describe.skipIf(requires("cc", "c++"))("what a policy remembers", () => {
  test.each(MODELS.slice(0, 4))("%s", { timeout: 120_000 }, async (name) => {
    const program = valueOf(lowerGraph(valueOf(readTflite(readFileSync(path.join(OPERATORS, name)), name))));
    expect(program.states.length).toBeGreaterThan(0);
    const identity = { name: "test", policyHash: "0123456789abcdef", toolVersion: "0.0.0", origin: [] };
    const { files } = emitPolicy(program, identity, { core: "host", optimize: "balanced" });
    const sources = new Map([...files, ["main.c", MAIN]]);
    const binary = await buildNative({ sources, units: ["policy.c", "main.c"], includes: ["."], defines: [] });
    await withTemporaryFolder((folder) => {
      const file = path.join(folder, "program");
      writeFileSync(file, binary);
      chmodSync(file, 0o755);
      execFileSync(file);
      return Promise.resolve();
    });
  });
});
