// A policy in a line that people understand, and how large its network is: a RobotSpec in, words and numbers out.

import { policyInputWidth } from "../artifacts/encoding.ts";
import { memberOutputs, policyForm } from "../artifacts/policy-form.ts";
import type { PolicySpec, RobotSpec } from "../artifacts/robot-spec.ts";

export interface PolicyDescription extends PolicySpec {
  /** `mlp 24-32-16-4, relu`. */
  readonly summary: string;
  /** Elements of one encoded observation. */
  readonly inputs: number;
  /** Elements of the network's output, those of all members. */
  readonly outputs: number;
  /** Weights and biases of the network that is deployed. */
  readonly parameters: number;
}

/** What stands before the hidden layers. */
interface Trunk {
  readonly summary: string;
  /** What the first fully connected layer sees. */
  readonly features: number;
  readonly parameters: number;
}

export function describePolicy(spec: RobotSpec): PolicyDescription {
  const { architecture, ensemble } = spec.policy;
  const { hidden } = architecture;
  const inputs = policyInputWidth(spec);
  const memberWidth = memberOutputs(policyForm(spec.policy), spec.action);
  const trunk = trunkOf(spec.policy, inputs);
  const widths = [trunk.features, ...hidden, memberWidth];
  const isShared = ensemble.trunk === "shared";
  const sharedLayers = isShared ? Math.max(0, hidden.length - 1) : 0;
  const common = trunk.parameters + layerParameters(widths.slice(0, sharedLayers + 1));
  const own = layerParameters(widths.slice(sharedLayers));
  return {
    ...spec.policy,
    summary: [`${trunk.summary}${widths.join("-")}`, ...asides(spec.policy)].join(", "),
    inputs,
    outputs: ensemble.members * memberWidth,
    parameters: isShared ? common + ensemble.members * own : ensemble.members * (common + own),
  };
}

function trunkOf({ architecture }: PolicySpec, inputs: number): Trunk {
  switch (architecture.kind) {
    case "mlp":
      return { summary: "mlp ", features: architecture.history * inputs, parameters: 0 };
    case "temporal": {
      const { window, convolutions } = architecture;
      let [length, channels, parameters] = [window, inputs, 0];
      for (const { filters, ticks, stride } of convolutions) {
        parameters += filters * (ticks * channels + 1);
        [length, channels] = [Math.floor((length - ticks) / stride) + 1, filters];
      }
      const layers = convolutions.map(
        ({ filters, ticks, stride }) => `${filters} x ${ticks} ticks${stride === 1 ? "" : ` every ${stride}`}`,
      );
      const summary = `temporal over ${window} ticks of ${inputs}, convolutions ${layers.join(", ")}, then `;
      return { summary, features: length * channels, parameters };
    }
    case "vision": {
      const { image, height, width, filters } = architecture;
      let [pixels, channels, parameters] = [{ height, width }, 1, 0];
      for (const each of filters) {
        parameters += each * (9 * channels + 1);
        pixels = { height: Math.ceil(pixels.height / 2), width: Math.ceil(pixels.width / 2) };
        channels = each;
      }
      const features = pixels.height * pixels.width * channels + inputs - height * width;
      return { summary: `vision of ${image.join(".")} ${height} x ${width}, filters ${filters.join(", ")}, then `, features, parameters };
    }
    case "gru": {
      const { units } = architecture;
      return { summary: `gru of ${units} units over ${inputs}, then `, features: units, parameters: 3 * units * (inputs + units + 2) };
    }
  }
}

/** What else there is to say, where it isn't the usual. */
function asides({ architecture, head, ensemble }: PolicySpec): readonly string[] {
  const history = architecture.kind === "mlp" && architecture.history > 1 ? [`over ${architecture.history} ticks`] : [];
  const said = head.kind === "mixture" ? [`mixture of ${head.bins} bins`] : head.kind === "gaussian" ? ["gaussian"] : [];
  const trunk = ensemble.trunk === "shared" ? "with one trunk" : "side by side";
  const members = ensemble.members > 1 ? [`${ensemble.members} members ${trunk}`] : [];
  return [architecture.activation, ...history, ...said, ...members];
}

/** Weights and biases of fully connected layers between these widths. */
function layerParameters(widths: readonly number[]): number {
  return widths.slice(1).reduce((sum, outputs, index) => sum + outputs * ((widths[index] ?? 0) + 1), 0);
}
