// Convolutions over time: a window of observations, oldest first, as an image of height 1 whose columns are ticks.

import { elementCount } from "../../artifacts/graph.ts";
import type { Architecture } from "../../artifacts/robot-spec.ts";
import type { Trunk } from "./trunk.ts";

/** @param inputs elements of one encoded observation. */
export function temporalTrunk({ window, convolutions }: Extract<Architecture, { kind: "temporal" }>, inputs: number): Trunk {
  return {
    inputShape: [1, 1, window, inputs],
    features(builder, input, prefix) {
      let output = input;
      convolutions.forEach(({ filters, ticks, stride }, index) => {
        const name = `${prefix}convolution${index + 1}`;
        output = builder.convolution(name, output, filters, { height: 1, width: ticks }, { height: 1, width: stride }, "valid");
      });
      return { output: builder.reshape(`${prefix}features`, output, [1, elementCount(builder.shape(output))]), states: [] };
    },
  };
}
