import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { verifyNetwork, type FloatNetwork, type FloatOperator } from "../artifacts/network.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import { uniformRows } from "../quantize/testing.ts";
import { randomNetwork } from "../quantize/testing/random-network.ts";
import { checkedNetwork } from "./checked-network.ts";
import { NetworkEditor } from "./network-editor.ts";
import { simplified } from "./simplify.ts";

function expectSameFunction(one: FloatNetwork, other: FloatNetwork): void {
  const [left, right] = [createFloatInterpreter(one), createFloatInterpreter(other)];
  for (const row of uniformRows(one, new Random(3), 4)) {
    const [expected, actual] = [at(left.infer([row]), 0), at(right.infer([row]), 0)];
    expected.forEach((value, index) => {
      expect(Math.abs(at(actual, index) - value)).toBeLessThan(2e-4 * Math.max(1, Math.abs(value)));
    });
  }
}

/** Multiplications and additions with constants after tensors that have some, as normalisation leaves them. */
function withAffines(network: FloatNetwork, seed: number): FloatNetwork {
  const random = new Random(seed);
  const editor = new NetworkEditor(network);
  for (const operator of network.operators) {
    if (operator.kind === "split" || random.next() < 0.4) continue;
    const shape = editor.shape(operator.output);
    const channels = random.next() < 0.3 ? 1 : at(shape, shape.length - 1);
    const kind = at(["mul", "add", "sub"] as const, random.integer(3));
    const constant = editor.parameter(
      "constant",
      [channels],
      Float32Array.from({ length: channels }, () => random.uniform(-1.5, 1.5)),
    );
    const before = editor.activation("before", shape);
    const own = at(
      editor.operators,
      editor.operators.findIndex((each) => "output" in each && each.output === operator.output),
    );
    const [left, right] = random.next() < 0.2 ? [constant, before] : [before, constant];
    const affine: FloatOperator = { kind, left, right, output: operator.output, activation: "none" };
    editor.replace(own, [{ ...own, output: before } as FloatOperator, affine]);
  }
  return editor.finish();
}

test("any network computes the same when it is simplified, with fewer operators", () => {
  let fewer = 0;
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const network = withAffines(randomNetwork(seed), seed);
      verifyNetwork(network);
      const simple = simplified(network);
      verifyNetwork(simple);
      expect(simple.operators.length).toBeLessThanOrEqual(network.operators.length);
      if (simple.operators.length < network.operators.length) fewer += 1;
      expectSameFunction(network, simple);
    }),
    { numRuns: 300 },
  );
  expect(fewer).toBeGreaterThan(30);
});

test("any network is built again with the shapes that it has", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const network = randomNetwork(seed);
      const { network: again } = valueOf(checkedNetwork(network, "model.tflite"));
      expect(at(again.tensors, at(again.outputs, 0)).shape).toEqual(at(network.tensors, at(network.outputs, 0)).shape);
      expectSameFunction(network, again);
    }),
    { numRuns: 100 },
  );
});

test("a shape that is not what its operator makes is refused", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(1000), (seed, which) => {
      const network = randomNetwork(seed);
      const computed = network.tensors.flatMap(({ kind }, id) => (kind === "activation" && !network.inputs.includes(id) ? [id] : []));
      const changed = at(computed, which % computed.length);
      const tensors = network.tensors.map((tensor, id) =>
        id === changed ? { ...tensor, shape: [1, ...tensor.shape.slice(1), 2] } : tensor,
      );
      const outcome = checkedNetwork({ ...network, tensors }, "model.tflite");
      expect(outcome).toMatchObject({ ok: false, diagnostics: [{ where: { file: "model.tflite" } }] });
    }),
    { numRuns: 100 },
  );
});
