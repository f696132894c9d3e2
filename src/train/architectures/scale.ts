// Sizes to try around the one in robot.ts, for a search under a board's budget.

import type { Architecture, PolicySpec } from "../../artifacts/robot-spec.ts";

const FACTORS = [0.25, 0.5, 1, 2] as const;

/** Widths are multiples of this, as the kernels' inner loops like them. */
const WIDTH_STEP = 4;

/** The policy with a quarter to twice its widths, smallest first, each once. */
export function scaledArchitectures(policy: PolicySpec): readonly PolicySpec[] {
  const sizes = FACTORS.map((factor) => ({
    ...policy,
    architecture: factor === 1 ? policy.architecture : scaled(policy.architecture, factor),
  }));
  return [...new Map(sizes.map((size) => [JSON.stringify(size.architecture), size])).values()];
}

function scaled(architecture: Architecture, factor: number): Architecture {
  const width = (size: number): number => Math.max(Math.min(WIDTH_STEP, size), WIDTH_STEP * Math.round((factor * size) / WIDTH_STEP));
  const hidden = architecture.hidden.map(width);
  switch (architecture.kind) {
    case "mlp":
      return { ...architecture, hidden };
    case "temporal":
      return {
        ...architecture,
        hidden,
        convolutions: architecture.convolutions.map((each) => ({ ...each, filters: width(each.filters) })),
      };
    case "vision":
      return { ...architecture, hidden, filters: architecture.filters.map(width) };
    case "gru":
      return { ...architecture, hidden, units: width(architecture.units) };
  }
}
