// A policy as its maker writes it behind `policy:` in robot.ts: a PolicySpec in, an expression out. What reflexarc would take for granted is
// left out.

import type { EnsembleSpec, HeadSpec, PolicySpec } from "../artifacts/robot-spec.ts";

/** `mlp([16, 16], { history: 4 })` */
export function policyExpression({ architecture, head, ensemble }: PolicySpec): string {
  const common = [
    ...(architecture.activation === "relu" ? [] : [`activation: "${architecture.activation}"`]),
    ...(head.kind === "plain" ? [] : [`head: ${headExpression(head)}`]),
    ...(ensemble.members === 1 ? [] : [`ensemble: ${ensembleExpression(ensemble)}`]),
  ];
  const hidden = architecture.hidden.length === 0 ? [] : [`hidden: ${list(architecture.hidden)}`];
  switch (architecture.kind) {
    case "mlp": {
      const history = architecture.history === 1 ? [] : [`history: ${architecture.history}`];
      return call("mlp", list(architecture.hidden), [...history, ...common]);
    }
    case "temporal": {
      const convolutions = architecture.convolutions.map(({ filters, ticks, stride }) =>
        object([`filters: ${filters}`, `ticks: ${ticks}`, ...(stride === 1 ? [] : [`stride: ${stride}`])]),
      );
      return call("temporal", null, [`window: ${architecture.window}`, `convolutions: [${convolutions.join(", ")}]`, ...hidden, ...common]);
    }
    case "vision": {
      const { image, height, width, filters } = architecture;
      const pixels = [`image: "${image.join(".")}"`, `height: ${height}`, `width: ${width}`, `filters: ${list(filters)}`];
      return call("vision", null, [...pixels, ...hidden, ...common]);
    }
    case "gru":
      return call("gru", String(architecture.units), [...hidden, ...common]);
  }
}

function headExpression(head: HeadSpec): string {
  return `${head.kind}(${head.kind === "mixture" ? head.bins : ""})`;
}

function ensembleExpression({ members, trunk }: EnsembleSpec): string {
  return trunk === "none" ? String(members) : object([`members: ${members}`, `trunk: "${trunk}"`]);
}

function call(name: string, first: string | null, options: readonly string[]): string {
  return `${name}(${[...(first === null ? [] : [first]), ...(options.length === 0 ? [] : [object(options)])].join(", ")})`;
}

function object(entries: readonly string[]): string {
  return `{ ${entries.join(", ")} }`;
}

function list(numbers: readonly number[]): string {
  return `[${numbers.join(", ")}]`;
}
