// A float network as a reader built it in, the same function with fewer operators out: reshapes of reshapes become one, scaling and shifting
// disappear into weights, activations are fused, and what no output depends on is left out.

import { at } from "../core/assert.ts";
import type { FusedActivation } from "../artifacts/graph.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { foldOneAffine } from "./fold-affine.ts";
import { NetworkEditor } from "./network-editor.ts";

export function simplified(network: FloatNetwork): FloatNetwork {
  const editor = new NetworkEditor(network);
  const passes = [mergeOneReshape, foldOneAffine, fuseOneActivation];
  while (passes.some((pass) => pass(editor)));
  return editor.finish();
}

/** A reshape reads what the reshape before it reads; one that changes nothing is passed by. */
function mergeOneReshape(editor: NetworkEditor): boolean {
  return editor.operators.some((operator) => {
    if (operator.kind !== "reshape") return false;
    const before = editor.producer(operator.input);
    if (before?.kind === "reshape") {
      editor.replace(operator, [{ ...operator, input: before.input }]);
      return true;
    }
    const isSame = editor.shape(operator.input).join() === editor.shape(operator.output).join();
    // An output must be computed.
    if (!isSame || (editor.outputs.includes(operator.output) && editor.inputs.includes(operator.input))) return false;
    editor.replace(operator, []);
    editor.redirect(operator.output, operator.input);
    return true;
  });
}

const FUSED: Readonly<Partial<Record<string, FusedActivation>>> = { relu: "relu", relu6: "relu6" };

function fuseOneActivation(editor: NetworkEditor): boolean {
  return editor.operators.some((operator) => {
    const activation = FUSED[operator.kind];
    if (activation === undefined || !("input" in operator) || !("output" in operator)) return false;
    const before = editor.producer(operator.input);
    if (before?.kind === "reshape" && editor.hasOneReader(operator.input)) {
      // The other way round, so that it meets what it can be fused with.
      const bent = editor.activation(at(editor.tensors, operator.input).name, editor.shape(before.input));
      editor.replace(before, [{ ...operator, input: before.input, output: bent }]);
      editor.replace(operator, [{ ...before, input: bent, output: operator.output }]);
      return true;
    }
    if (before === undefined || !("activation" in before) || before.activation !== "none" || !editor.hasOneReader(operator.input))
      return false;
    editor.replace(before, [{ ...before, activation, output: operator.output }]);
    editor.replace(operator, []);
    return true;
  });
}
