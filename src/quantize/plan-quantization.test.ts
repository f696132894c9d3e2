import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { INPUT_QUANTIZATION } from "../artifacts/encoding.ts";
import type { Graph, Quantization, TensorId } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import {
  parameterIds,
  parameterOf,
  withParameters,
  type FloatNetwork,
  type FloatOperator,
  type FloatTensor,
} from "../artifacts/network.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { checkGraph } from "../tflite/check-graph.ts";
import type { ValueRange } from "./activation-ranges.ts";
import { createInt8Values } from "./int8-values.ts";
import { planQuantization, WEIGHT_GRANULARITIES, type FixedQuantization, type QuantizationPlan } from "./plan-quantization.ts";
import { quantizeNetwork } from "./quantize-network.ts";
import { uniformPlan } from "./testing.ts";
import { RANDOM_KINDS, randomNetwork } from "./testing/random-network.ts";
import { usefulRange } from "./useful-range.ts";

const lower = (graph: Graph): IntegerProgram => valueOf(lowerGraph(graph));

const ACTION = { scale: Math.fround(1 / 127), zeroPoint: 0 };
const [INPUT, TANH, LOGISTIC] = [INPUT_QUANTIZATION, { scale: 1 / 128, zeroPoint: 0 }, { scale: 1 / 256, zeroPoint: -128 }];

/** Tensors of shape [1, 4], concatenations aside, that take their ranges from the caller. Tensor 0 is the input, the last the output. */
function network(operators: readonly FloatOperator[], tensors: number, outputs: readonly TensorId[] = [tensors - 1]): FloatNetwork {
  const shapes = new Map(operators.map((operator) => [operator.kind === "concatenation" ? operator.output : -1, [1, 8]]));
  const activation = (id: number): FloatTensor => ({ kind: "activation", name: `t${id}`, shape: shapes.get(id) ?? [1, 4] });
  const weights: FloatTensor = { kind: "parameter", name: "weights", shape: [4, 4], data: new Float32Array(16).fill(0.1) };
  const inputs = Array.from(outputs, (_, position) => position);
  return { tensors: [...Array.from({ length: tensors }, (_, id) => activation(id)), weights], operators, inputs, outputs };
}

const dense = (input: TensorId, output: TensorId, weights: TensorId): FloatOperator => {
  return { kind: "fully-connected", input, output, weights, bias: null, activation: "none" };
};

function planOf(
  net: FloatNetwork,
  reach: readonly (readonly [number, number])[],
  output: FixedQuantization | null = null,
): QuantizationPlan {
  const ranges = net.tensors.map((tensor, id): ValueRange | null => {
    const [minimum, maximum] = reach[id] ?? [-1, 1];
    return tensor.kind === "activation" ? { minimum, maximum } : null;
  });
  const plan = planQuantization(net, ranges, { input: INPUT, output, granularity: "per-channel" });
  expect(checkGraph(quantizeNetwork(net, plan))).toEqual([]);
  return plan;
}

function of(plan: QuantizationPlan, id: TensorId): FixedQuantization {
  const { scales, zeroPoint } = plan.activations[id] as Quantization;
  return { scale: at(scales, 0), zeroPoint };
}

describe("a tensor's quantization", () => {
  test("is what the kernel writes, where that is fixed", () => {
    const kinds = ["tanh", "logistic"] as const;
    const plan = planOf(
      network([...kinds.map((kind, id) => ({ kind, input: id, output: id + 1 })), { kind: "softmax", input: 2, output: 3, beta: 1 }], 4),
      [],
    );
    expect([0, 1, 2, 3].map((id) => of(plan, id))).toEqual([INPUT, TANH, LOGISTIC, LOGISTIC]);
  });

  test("spans 256 levels of what was seen, zero always one of them", () => {
    const plan = planOf(network([dense(0, 1, 4), dense(1, 2, 4), dense(2, 3, 4)], 4), [
      [-1, 1],
      [-1, 3],
      [0, 5.1],
      [-2.55, 0],
    ]);
    expect([1, 2, 3].map((id) => of(plan, id).zeroPoint)).toEqual([-64, -128, 127]);
    expect([1, 2, 3].map((id) => of(plan, id).scale)).toEqual([4 / 255, 5.1 / 255, 2.55 / 255].map(Math.fround));
  });

  test("is shared by all that only moves it", () => {
    const moved: FloatOperator[] = [
      dense(0, 1, 6),
      { kind: "reshape", input: 1, output: 2 },
      { kind: "strided-slice", input: 2, output: 3, begin: [0, 3], strides: [1, -1], sizes: [1, 4] },
      { kind: "split", input: 3, outputs: [4], axis: 1 },
      { kind: "relu6", input: 4, output: 5 },
    ];
    const plan = planOf(network(moved, 6), [
      [-1, 1],
      [-2, 9],
      [-2, 9],
      [-2, 9],
      [-2, 9],
      [0, 6],
    ]);
    for (const id of [2, 3, 4, 5]) expect(of(plan, id)).toEqual(of(plan, 1));
    expect(plan.requantizations).toEqual([]);
  });

  test("leaves out what its reader does not look at, where that is the only reader", () => {
    const bent: FloatOperator[] = [dense(0, 1, 3), { kind: "tanh", input: 1, output: 2 }];
    expect(
      of(
        planOf(network(bent, 3), [
          [-1, 1],
          [-80, 90],
        ]),
        1,
      ).scale,
    ).toBe(Math.fround(5.8 / 255));
    const read: FloatOperator[] = [dense(0, 1, 4), { kind: "tanh", input: 1, output: 2 }, dense(1, 3, 4)];
    expect(
      of(
        planOf(network(read, 4), [
          [-1, 1],
          [-80, 90],
        ]),
        1,
      ).scale,
    ).toBe(Math.fround(170 / 255));
  });
});

describe("where two rules meet", () => {
  const joined: FloatOperator[] = [
    { kind: "tanh", input: 0, output: 1 },
    dense(0, 2, 4),
    { kind: "concatenation", inputs: [1, 2], output: 3, axis: 1 },
  ];

  test("what a kernel fixed serves others that it holds", () => {
    const plan = planOf(network(joined, 4), [
      [-1, 1],
      [-1, 1],
      [-0.5, 0.9],
      [-1, 1],
    ]);
    expect([1, 2, 3].map((id) => of(plan, id))).toEqual([TANH, TANH, TANH]);
    expect(plan.requantizations).toEqual([]);
  });

  test("and is rescaled for those that it does not", () => {
    const plan = planOf(network(joined, 4), [
      [-1, 1],
      [-1, 1],
      [-5, 6],
      [-5, 6],
    ]);
    expect(of(plan, 3)).toEqual(of(plan, 2));
    expect(plan.requantizations).toEqual([{ kind: "operand", operator: 2, tensor: 1, quantization: plan.activations[3] }]);
  });

  test("a tensor is rescaled once for two that want it alike, and twice for two that do not", () => {
    const twice: FloatOperator[] = [
      ...joined.map((operator) => (operator.kind === "fully-connected" ? dense(0, 2, 7) : operator)),
      { kind: "concatenation", inputs: [1, 2], output: 4, axis: 1 },
      dense(0, 5, 7),
    ];
    const other: FloatOperator[] = [...twice, { kind: "concatenation", inputs: [1, 5], output: 6, axis: 1 }];
    const reach = [
      [-1, 1],
      [-1, 1],
      [-5, 6],
      [-5, 6],
      [-5, 6],
      [-9, 6],
      [-9, 6],
    ] as const;
    const net = network(other, 7);
    const plan = planOf(net, reach);
    expect(plan.requantizations).toHaveLength(3);
    expect(quantizeNetwork(net, plan).operators.filter(({ kind }) => kind === "quantize")).toHaveLength(2);
  });
});

describe("an output whose meaning is fixed", () => {
  test("passes it on to what is only moved into it, however far that reaches", () => {
    const members: FloatOperator[] = [dense(0, 1, 4), dense(0, 2, 4), { kind: "concatenation", inputs: [1, 2], output: 3, axis: 1 }];
    const plan = planOf(
      network(members, 4),
      [
        [-1, 1],
        [-3, 3],
        [-4, 4],
        [-4, 4],
      ],
      ACTION,
    );
    expect([1, 2, 3].map((id) => of(plan, id))).toEqual([ACTION, ACTION, ACTION]);
    expect(plan.requantizations).toEqual([]);
  });

  test("cuts off nothing of what others read", () => {
    const net = network([dense(0, 1, 3), dense(1, 2, 3)], 3, [1]);
    const wide = planOf(
      net,
      [
        [-1, 1],
        [-3, 3],
        [-1, 1],
      ],
      ACTION,
    );
    expect(of(wide, 1).scale).toBe(Math.fround(6 / 255));
    expect(wide.requantizations).toEqual([
      { kind: "output", position: 0, quantization: { scales: [ACTION.scale], zeroPoint: 0, axis: 0 } },
    ]);
    expect(
      of(
        planOf(
          net,
          [
            [-1, 1],
            [-1, 1],
            [-1, 1],
          ],
          ACTION,
        ),
        1,
      ),
    ).toEqual(ACTION);
  });

  test("is rescaled from what its kernel writes", () => {
    const net = network([{ kind: "tanh", input: 0, output: 1 }], 2);
    const plan = planOf(net, [], ACTION);
    const int8 = createInt8Values(quantizeNetwork(net, plan), lower);
    int8.infer(Float32Array.of(-1, 0, 0.3, 1));
    const graph = quantizeNetwork(net, plan);
    const said = int8.value(at(graph.outputs, 0));
    [-1, 0, 0.3, 1].forEach((value, index) => {
      expect(Math.abs(at(said, index) - Math.tanh(value))).toBeLessThan(2 / 127);
    });
  });

  test("state comes out as it goes in", () => {
    const step: FloatOperator[] = [
      { kind: "add", left: 0, right: 1, output: 2, activation: "none" },
      { kind: "add", left: 1, right: 2, output: 3, activation: "none" },
    ];
    const plan = planOf(
      network(step, 4, [3, 2]),
      [
        [-1, 1],
        [-1, 1],
        [-1, 1],
        [-2, 2],
      ],
      ACTION,
    );
    expect([1, 2, 3].map((id) => of(plan, id))).toEqual([TANH, TANH, ACTION]);
  });
});

test("what a tanh's, a logistic's or a relu's reader leaves out makes no difference", () => {
  for (const kind of ["tanh", "logistic", "relu", "relu6", "hard-swish"] as const) {
    const net = network([dense(0, 1, 3), { kind, input: 1, output: 2 }], 3);
    const { minimum, maximum } = usefulRange(net, 1, { minimum: -20, maximum: 20 });
    const from = { scales: [Math.fround(40 / 255)], zeroPoint: 0, axis: 0 };
    const output = {
      scales: [kind === "tanh" ? 1 / 128 : kind === "logistic" ? 1 / 256 : at(from.scales, 0)],
      zeroPoint: kind === "logistic" ? -128 : 0,
      axis: 0,
    };
    const tensors = [from, output].map(
      (quantization, id) => ({ kind: "activation", type: "int8", name: `${id}`, shape: [256], quantization }) as const,
    );
    const graph: Graph = { tensors, operators: [{ kind, input: 0, output: 1 }], inputs: [0], outputs: [1] };
    const int8 = createInt8Values(graph, lower);
    const values = Float32Array.from({ length: 256 }, (_, index) => at(from.scales, 0) * (index - 128));
    int8.infer(values);
    const beyond = int8.value(1);
    int8.infer(values.map((value) => Math.min(Math.max(value, minimum), maximum)));
    expect(int8.value(1), kind).toEqual(beyond);
  }
});

test("weights of any size and dead ones make graphs that kernels take", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.constantFrom(...WEIGHT_GRANULARITIES), (seed, granularity) => {
      // Of all kernels, HARD_SWISH alone minds an output much coarser than its input.
      const plain = randomNetwork(
        seed,
        RANDOM_KINDS.filter((kind) => kind !== "hard-swish"),
      );
      const random = new Random(seed);
      const changed = parameterIds(plain).map((id) => {
        const factor = random.next() < 0.1 ? 0 : 10 ** random.uniform(-8, 3);
        return [id, parameterOf(plain, id).data.map((value) => value * factor)] as const;
      });
      const net = withParameters(plain, new Map(changed));
      const graph = quantizeNetwork(net, uniformPlan(net, { granularity }));
      expect(checkGraph(graph)).toEqual([]);
      expect(lowerGraph(graph)).toMatchObject({ ok: true });
    }),
    { numRuns: 100 },
  );
});
