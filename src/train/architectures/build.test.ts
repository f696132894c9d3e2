import { describe, expect, it } from "vitest";
import { networkInputs, networkOutputs, parameterCount, parameterIds, parameterOf, verifyNetwork } from "../../artifacts/network.ts";
import { fitsForm, policyForm } from "../../artifacts/policy-form.ts";
import type { Architecture, EnsembleSpec, HeadSpec, PolicySpec } from "../../artifacts/robot-spec.ts";
import { policyInputWidth } from "../../artifacts/encoding.ts";
import { at } from "../../core/assert.ts";
import { Random } from "../../core/random.ts";
import { digestOf, mlp, numberField, robotOf, sides, steering } from "../testing.ts";
import { buildNetwork, deployedNetwork, deployedTemplate } from "./build.ts";
import { joinMembers, memberOf } from "./members.ts";
import { withParametersOf } from "./same-structure.ts";
import { scaledArchitectures } from "./scale.ts";
import { unroll } from "./unroll.ts";
import { warmStart } from "./warm-start.ts";

const convolutions = [
  { filters: 4, ticks: 3, stride: 1 },
  { filters: 6, ticks: 3, stride: 2 },
];
const architectures: readonly Architecture[] = [
  mlp([8, 4]),
  { ...mlp([8, 4], 5), activation: "tanh" },
  { kind: "temporal", window: 9, convolutions, hidden: [5, 4], activation: "relu" },
  { kind: "vision", image: ["camera"], height: 8, width: 10, filters: [3, 4], hidden: [6, 4], activation: "relu" },
  { kind: "gru", units: 6, hidden: [4, 4], activation: "relu" },
];
const heads: readonly HeadSpec[] = [{ kind: "plain" }, { kind: "gaussian" }, { kind: "mixture", bins: 3 }];
const ensembles: readonly EnsembleSpec[] = [
  { members: 1, trunk: "none" },
  { members: 3, trunk: "none" },
  { members: 3, trunk: "shared" },
];
const observation = [numberField("speed"), numberField("camera", { length: 80 }), numberField("turn")];

const cases = architectures.flatMap((architecture) =>
  heads.flatMap((head) =>
    ensembles.map((ensemble) => ({
      name: `${architecture.kind}, ${head.kind}, ${ensemble.members} of trunk ${ensemble.trunk}`,
      robot: robotOf({ architecture, head, ensemble, ...(architecture.kind === "vision" ? { observation } : {}) }),
    })),
  ),
);

describe.each(cases)("$name", ({ robot }) => {
  const network = buildNetwork(robot, new Random(1));
  const deployed = deployedNetwork(robot, network);

  it("is deployed in the form that its users expect", () => {
    verifyNetwork(deployed);
    expect(fitsForm(deployed, policyForm(robot.policy), policyInputWidth(robot), robot.action)).toBe(true);
    const doubled = robot.policy.head.kind === "gaussian" ? 2 : 1;
    expect(networkOutputs(network)).toBe(doubled * networkOutputs(deployed));
  });

  it("has names that are each another", () => {
    const names = network.tensors.map((tensor) => tensor.name);
    expect(new Set(names).size).toBe(names.length);
    expect(at(network.tensors, at(network.inputs, 0)).name).toBe("observation");
    expect(at(deployed.tensors, at(deployed.outputs, 0)).name).toBe("action");
  });

  it("takes its deployed parameters back", () => {
    const other = buildNetwork(robot, new Random(2));
    const restored = deployedNetwork(robot, warmStart(robot, other, deployed));
    expect(digestOf(restored)).toBe(digestOf(deployed));
    expect(digestOf(restored)).not.toBe(digestOf(deployedNetwork(robot, other)));
  });
});

describe("buildNetwork", () => {
  it("depends on the seed alone", () => {
    const robot = robotOf();
    expect(digestOf(buildNetwork(robot, new Random(3)))).toBe(digestOf(buildNetwork(robot, new Random(3))));
    expect(digestOf(buildNetwork(robot, new Random(3)))).not.toBe(digestOf(buildNetwork(robot, new Random(4))));
  });

  it("draws weights within He's limit in front of relu and Glorot's elsewhere, and biases of 0", () => {
    const network = buildNetwork(robotOf({ architecture: mlp([60]) }), new Random(1));
    const [weights, bias, last] = parameterIds(network).map((id) => parameterOf(network, id).data);
    const largest = (data: Float32Array | undefined): number => Math.max(...Array.from(data ?? [], Math.abs));
    expect(largest(weights)).toBeLessThan(Math.sqrt(6 / 2));
    expect(largest(weights)).toBeGreaterThan(0.9 * Math.sqrt(6 / 2));
    expect(largest(bias)).toBe(0);
    expect(largest(last)).toBeLessThan(Math.sqrt(6 / 61));
    expect(largest(last)).toBeGreaterThan(0.85 * Math.sqrt(6 / 61));
  });

  it("shares all but the last hidden layer where the trunk is shared", () => {
    const count = (members: number, trunk: "shared" | "none"): number =>
      parameterCount(buildNetwork(robotOf({ architecture: mlp([8, 4]), ensemble: { members, trunk } }), new Random(1)));
    const layers = [2 * 8 + 8, 8 * 4 + 4, 4 + 1] as const;
    expect(count(1, "none")).toBe(layers[0] + layers[1] + layers[2]);
    expect(count(3, "none")).toBe(3 * count(1, "none"));
    expect(count(3, "shared")).toBe(layers[0] + 3 * (layers[1] + layers[2]));
  });

  it("makes tanh an operator of its own", () => {
    const { operators } = buildNetwork(robotOf({ architecture: { ...mlp([8]), activation: "tanh" } }), new Random(1));
    expect(operators.map((operator) => operator.kind)).toEqual(["fully-connected", "tanh", "fully-connected"]);
  });

  it("slices the image out of what is observed, and puts the rest behind it", () => {
    const vision = architectures.find((each) => each.kind === "vision");
    const { operators } = buildNetwork(robotOf({ architecture: vision ?? mlp([]), observation }), new Random(1));
    expect(operators.map((operator) => operator.kind)).toEqual([
      "strided-slice",
      "reshape",
      "conv-2d",
      "conv-2d",
      "reshape",
      "strided-slice",
      "strided-slice",
      "concatenation",
      ...new Array<string>(3).fill("fully-connected"),
    ]);
  });
});

describe("warmStart", () => {
  it("knows a network again whose tensors have other names and places", () => {
    const robot = robotOf({ architecture: mlp([4]) });
    const network = buildNetwork(robot, new Random(1));
    const last = network.tensors.length - 1;
    const turned = (id: number): number => last - id;
    const shuffled = {
      tensors: network.tensors.map((tensor, id) => ({ ...tensor, name: `t${id}` })).reverse(),
      operators: network.operators.map((operator) => {
        if (operator.kind !== "fully-connected") throw new Error("an mlp is of these");
        const { input, weights, bias, output } = operator;
        return { ...operator, input: turned(input), weights: turned(weights), bias: turned(bias ?? 0), output: turned(output) };
      }),
      inputs: network.inputs.map(turned),
      outputs: network.outputs.map(turned),
    };
    expect(digestOf(warmStart(robot, buildNetwork(robot, new Random(2)), shuffled))).toBe(digestOf(network));
  });

  it.each([
    ["another width", mlp([5])],
    ["another activation", { ...mlp([4]), activation: "tanh" } as const],
    ["another layer", mlp([4, 4])],
    ["another history", mlp([4], 2)],
  ])("refuses %s", (_, architecture) => {
    const robot = robotOf({ architecture: mlp([4]) });
    const other = deployedTemplate(robotOf({ architecture }));
    expect(() => warmStart(robot, buildNetwork(robot, new Random(1)), other)).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "train-warm-start-shape" })] }),
    );
  });
});

describe("members", () => {
  const robot = robotOf({ architecture: architectures[4] ?? mlp([]), ensemble: { members: 3, trunk: "none" } });
  const alone = robotOf({ architecture: architectures[4] ?? mlp([]) });
  const networks = [1, 2, 3].map((seed) => buildNetwork(alone, new Random(seed)));

  it("are joined and taken apart again", () => {
    const joined = joinMembers(robot, networks);
    expect(withParametersOf(deployedTemplate(robot), joined)).not.toBeNull();
    networks.forEach((network, member) => {
      expect(digestOf(memberOf(robot, joined, member))).toBe(digestOf(network));
    });
  });

  it("are not found in a network of another shape", () => {
    expect(() => memberOf(robot, at(networks, 0), 0)).toThrow("another shape");
  });
});

describe("unroll", () => {
  it("repeats the operators, not the parameters", () => {
    const step = buildNetwork(robotOf({ architecture: architectures[4] ?? mlp([]) }), new Random(1));
    const { network, origin } = unroll(step, 4);
    expect(parameterCount(network)).toBe(parameterCount(step));
    expect(network.operators).toHaveLength(4 * (step.operators.length + 1) + 1);
    expect([networkInputs(network), networkOutputs(network)]).toEqual([4 * 2, 4]);
    network.tensors.forEach((tensor, id) => {
      const from = origin[id];
      if (from === null || from === undefined) expect(tensor.name).toMatch(/^(observations|actions)$/);
      else expect(at(step.tensors, from).shape).toEqual(tensor.shape);
    });
  });
});

describe("scaledArchitectures", () => {
  it("gives each size once, smallest first, with the one of robot.ts among them", () => {
    const policy: PolicySpec = robotOf({ architecture: mlp([32, 4]), action: sides }).policy;
    expect(scaledArchitectures(policy).map((each) => each.architecture.hidden)).toEqual([
      [8, 4],
      [16, 4],
      [32, 4],
      [64, 8],
    ]);
    expect(
      scaledArchitectures(robotOf({ architecture: mlp([4]), action: steering }).policy).map((each) => each.architecture.hidden),
    ).toEqual([[4], [8]]);
  });
});
