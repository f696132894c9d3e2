// A probe whose policy runs four times an inference, its input and output at every alignment: it fails where two answers differ. For
// policies without state.

import { assert } from "../src/core/assert.ts";
import type { BuildRequest } from "../src/core/io.ts";

/** What the policy itself is called in such a probe. */
export const INNER_INFERENCE = "policy_infer_once";

const WRAPPER = `#define policy_infer ${INNER_INFERENCE}
#include "policy_once.c"
#undef policy_infer
policy_status policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]);
policy_status
policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]) {
    static union { int8_t bytes[POLICY_INPUT_SIZE + 4]; uint32_t aligned; } from;
    static union { int8_t bytes[POLICY_OUTPUT_SIZE + 4]; uint32_t aligned; } to;
    for (size_t offset = 0; offset < 4; offset++) {
        for (size_t i = 0; i < POLICY_INPUT_SIZE; i++) { from.bytes[offset + i] = input[i]; }
        if (${INNER_INFERENCE}(&from.bytes[offset], &to.bytes[3 - offset]) != POLICY_OK) { return POLICY_ERROR_INVOKE; }
        for (size_t i = 0; i < POLICY_OUTPUT_SIZE; i++) {
            if (offset > 0 && output[i] != to.bytes[3 - offset + i]) { return POLICY_ERROR_INVOKE; }
            output[i] = to.bytes[3 - offset + i];
        }
    }
    return POLICY_OK;
}
`;

export function atEveryAlignment(probe: BuildRequest): BuildRequest {
  const policy = probe.sources.get("generated/policy.c");
  assert(policy !== undefined, "a probe has a policy");
  return { ...probe, sources: new Map([...probe.sources, ["generated/policy_once.c", policy], ["generated/policy.c", WRAPPER]]) };
}
