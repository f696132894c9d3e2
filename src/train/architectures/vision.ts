// A small vision net: convolutions of 3 x 3 and stride 2 over a grey image, flattened, since where something is in the picture is what a robot
// steers by. Padding is input 0: mid grey.

import { encodedWidth } from "../../artifacts/encoding.ts";
import { elementCount } from "../../artifacts/graph.ts";
import type { Architecture, Field } from "../../artifacts/robot-spec.ts";
import { assert, at } from "../../core/assert.ts";
import type { Trunk } from "./trunk.ts";

export function visionTrunk(architecture: Extract<Architecture, { kind: "vision" }>, observation: readonly Field[], inputs: number): Trunk {
  const { image, height, width, filters } = architecture;
  const field = observation.findIndex(({ path }) => path.join(".") === image.join("."));
  assert(field >= 0, `the observation has no image ${image.join(".")}`);
  const begin = observation.slice(0, field).reduce((sum, each) => sum + encodedWidth(each), 0);
  const end = begin + height * width;
  assert(encodedWidth(at(observation, field)) === end - begin, `${image.join(".")} is not ${height} x ${width}`);
  return {
    inputShape: [1, inputs],
    features(builder, input, prefix) {
      const pixels = end - begin === inputs ? input : builder.slice(`${prefix}pixels`, input, begin, end - begin);
      let output = builder.reshape(`${prefix}image`, pixels, [1, height, width, 1]);
      filters.forEach((channels, index) => {
        const both = (size: number): { height: number; width: number } => ({ height: size, width: size });
        output = builder.convolution(`${prefix}convolution${index + 1}`, output, channels, both(3), both(2), "same");
      });
      const parts = [builder.reshape(`${prefix}flat`, output, [1, elementCount(builder.shape(output))])];
      if (begin > 0) parts.push(builder.slice(`${prefix}before`, input, 0, begin));
      if (end < inputs) parts.push(builder.slice(`${prefix}behind`, input, end, inputs - end));
      return { output: builder.concatenate(`${prefix}features`, parts), states: [] };
    },
  };
}
