// Enum ActivationFunctionType of the schema: a clamp that an operator ends with.

import { errorDiagnostic, failure, success, type Outcome } from "../core/diagnostic.ts";
import type { FusedActivation } from "../artifacts/graph.ts";

const ACTIVATIONS: readonly FusedActivation[] = ["none", "relu", "relu-n1-to-1", "relu6"];

export function activationCode(activation: FusedActivation): number {
  return ACTIVATIONS.indexOf(activation);
}

export function activationOf(code: number): Outcome<FusedActivation> {
  const activation = ACTIVATIONS[code];
  if (activation !== undefined) return success(activation);
  return failure(
    errorDiagnostic(
      "tflite-options",
      `fused activation ${code} is not supported`,
      "use none, RELU, RELU6 or RELU_N1_TO_1; TANH as an operator of its own",
    ),
  );
}
