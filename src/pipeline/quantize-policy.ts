// From a trained float network to int8: the ranges that its tensors reach on rows that it learnt from, the quantization that they ask for,
// and the graph.

import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { INPUT_QUANTIZATION } from "../artifacts/encoding.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { formTicks, type PolicyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { gatherWindow, stretchStarts, type Samples } from "../artifacts/samples.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { activationRanges } from "../quantize/activation-ranges.ts";
import { layerErrors, type LayerError } from "../quantize/layer-errors.ts";
import { planQuantization, type QuantizationPlan, type WeightGranularity } from "../quantize/plan-quantization.ts";
import { fixedOutput } from "./policy.ts";

/** Rows that calibration looks at; more change nothing. */
const CALIBRATION_ROWS = 4000;

/** Ticks of one sequence of a policy with state. */
const SEQUENCE_TICKS = 200;

/** The quantization of every tensor. @param samples what the policy is likely to see; at least one row. */
export function planPolicy(
  spec: RobotSpec,
  form: PolicyForm,
  network: FloatNetwork,
  samples: Samples,
  granularity: WeightGranularity,
  seed: number,
): QuantizationPlan {
  const ranges = activationRanges(network, calibrationSequences(samples, form, seed));
  return planQuantization(network, ranges, { input: INPUT_QUANTIZATION, output: fixedOutput(spec, form), granularity });
}

/** Float against int8, tensor by tensor, on rows that the policy learnt from. @param graph made of the network. */
export function policyLayerErrors(
  form: PolicyForm,
  network: FloatNetwork,
  graph: Graph,
  samples: Samples,
  seed: number,
): readonly LayerError[] {
  return layerErrors(network, graph, calibrationSequences(samples, form, seed), (each) => valueOf(lowerGraph(each)));
}

/** Some of the rows, as the network's first input at successive ticks: single ones, or stretches for a policy with state. */
function calibrationSequences(samples: Samples, form: PolicyForm, seed: number): Float32Array[][] {
  const random = new Random(seed);
  const firsts = stretchStarts(samples);
  const ticks = formTicks(form);
  const input = (row: number): Float32Array => {
    const window = new Float32Array(ticks * samples.inputWidth);
    gatherWindow(samples, row, firsts[row] ?? 0, ticks, window, 0);
    return window;
  };
  if (form.memory.kind !== "state") {
    const every = samples.rows <= CALIBRATION_ROWS;
    return Array.from({ length: every ? samples.rows : CALIBRATION_ROWS }, (_, index) => [
      input(every ? index : random.integer(samples.rows)),
    ]);
  }
  const sequences: Float32Array[][] = [];
  let rows = 0;
  for (const stretch of random.shuffle(Uint32Array.from(samples.starts.keys()))) {
    const start = samples.starts[stretch] ?? 0;
    const end = samples.starts[stretch + 1] ?? samples.rows;
    if (rows >= CALIBRATION_ROWS) break;
    const length = Math.min(end - start, Math.max(SEQUENCE_TICKS, Math.floor(CALIBRATION_ROWS / samples.starts.length)));
    sequences.push(Array.from({ length }, (_, tick) => input(start + tick)));
    rows += length;
  }
  return sequences;
}
