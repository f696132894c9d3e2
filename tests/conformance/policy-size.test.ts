// `reflexarc check` says how large a policy's network is before there is one: as large as training then builds it.

import { describe, expect, it } from "vitest";
import { networkInputs, networkOutputs, parameterCount } from "../../src/artifacts/network.ts";
import { fitsForm, formTicks, policyForm } from "../../src/artifacts/policy-form.ts";
import { DEFAULT_SAFETY, type NumberField, type PolicySpec, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { gaussian, gru, mixture, mlp, temporal, vision } from "../../src/spec/api.ts";
import { describePolicy } from "../../src/spec/describe-policy.ts";
import { policyExpression } from "../../src/spec/policy-text.ts";
import { deployedTemplate } from "../../src/train/architectures/build.ts";

const range = { minimum: -1, maximum: 1 };
const field = (name: string, length: number | null): NumberField => ({
  ...({ kind: "number", path: [name], length, range, clip: range, unit: "", neutral: null, slewPerSecond: null } as const),
  ...{ mirror: null, description: "" },
});
const robot = (policy: PolicySpec): RobotSpec => ({
  ...{ name: "robot", rateHz: 10, policy, safety: DEFAULT_SAFETY },
  observation: [
    field("speed", null),
    field("camera", 9 * 11),
    { kind: "choice", path: ["door"], labels: ["open", "shut"], description: "" },
  ],
  action: { kind: "continuous", fields: [field("wheels", 2)] },
});

const camera = { image: "camera", height: 9, width: 11 };
const convolutions = [
  { filters: 5, ticks: 3, stride: 2 },
  { filters: 4, ticks: 2 },
];
const POLICIES: readonly PolicySpec[] = [
  mlp([]),
  mlp([6, 5], { history: 3, activation: "tanh" }),
  mlp([6, 5], { head: mixture(4), ensemble: { members: 3, trunk: "shared" } }),
  temporal({ window: 10, convolutions }),
  temporal({ window: 9, convolutions, hidden: [7], head: gaussian(), ensemble: { members: 2, trunk: "shared" } }),
  vision({ ...camera, filters: [3, 4, 2], hidden: [6] }),
  vision({ ...camera, filters: [3], ensemble: 2 }),
  gru(5),
  gru(5, { hidden: [4], ensemble: 2 }),
];

describe("a network", () => {
  it.each(POLICIES.map((policy) => ({ policy, spec: robot(policy), text: policyExpression(policy) })))(
    "$text is as large as was said",
    ({ policy, spec }) => {
      const network = deployedTemplate(spec);
      const { inputs, outputs, parameters } = describePolicy(spec);
      const form = policyForm(policy);
      expect([networkInputs(network), networkOutputs(network), parameterCount(network)]).toEqual([
        inputs * formTicks(form),
        outputs,
        parameters,
      ]);
      expect(fitsForm(network, form, inputs, spec.action)).toBe(true);
    },
  );
});
