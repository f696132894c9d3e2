// Which of a file's weights belong to a layer. Converters name them in several ways: `dense/kernel`, `sequential/dense/kernel`,
// `gru/gru_cell/kernel`, or, from a .keras file, `layers/dense_1/vars/0`: the class's name with a number, and the variable's.

import { EXPORT_AGAIN, modelProblem, quoted, shapeText } from "../problem.ts";
import type { Weight, Weights } from "../weights.ts";
import type { LayerNode, Topology } from "./topology.ts";

/** The variables of one layer, by name. */
export class Variables {
  private readonly weights: Weights;
  /** Names of the models around the layer, and its own. */
  private readonly path: readonly string[];
  /** What a .keras file calls the layer. */
  private readonly container: string;

  constructor(weights: Weights, path: readonly string[], container: string) {
    this.weights = weights;
    this.path = path;
    this.container = container;
  }

  /** @param position among the layer's variables in a .keras file, where there is one.
   * @param names that it goes by.
   * @throws DiagnosticError when it is missing, or has another shape. */
  require(position: number, names: readonly string[], shape: readonly number[]): Weight {
    const weight = this.find(position, names);
    if (weight === null) {
      throw modelProblem(
        "model-weights",
        `its weight ${quoted(names.join(" or "))} is missing`,
        "save the model with its weights, not its topology alone",
      );
    }
    const fits = weight.shape.length === shape.length && weight.shape.every((size, dimension) => size === shape[dimension]);
    if (fits) return weight;
    const message = `its weight ${quoted(weight.name)} has shape ${shapeText(weight.shape)} instead of ${shapeText(shape)}`;
    throw modelProblem("model-weights", message, EXPORT_AGAIN);
  }

  find(position: number, names: readonly string[]): Weight | null {
    const numbered = [...this.weights.values()].filter(
      ({ name }) => name === `${this.container}/vars/${position}` || name === `${this.container}/cell/vars/${position}`,
    );
    if (numbered[0] !== undefined) return numbered[0];
    const named = [...this.weights.values()].filter(({ name }) => this.isMine(name.split("/"), names));
    // A layer of the same name in a nested model: the one whose path holds all names is meant.
    const exact = named.filter(({ name }) => this.path.every((part) => name.split("/").includes(part)));
    return exact[0] ?? named[0] ?? null;
  }

  private isMine(parts: readonly string[], names: readonly string[]): boolean {
    const layer = this.path.at(-1);
    return names.includes(parts.at(-1)?.replace(/:\d+$/, "") ?? "") && layer !== undefined && parts.slice(0, -1).includes(layer);
  }
}

/** What a .keras file calls each layer of a model: its class in snake case, numbered from the second of a class on
 * (_save_container_state in keras/src/saving/saving_lib.py). */
export function containerNames(topology: Topology, prefix: string): ReadonlyMap<LayerNode, string> {
  const used = new Map<string, number>();
  return new Map(
    topology.layers.map((layer) => {
      const name = snakeCase(layer.className);
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      return [layer, `${prefix}layers/${name}${count === 0 ? "" : `_${count}`}`];
    }),
  );
}

/** to_snake_case in keras/src/utils/naming.py. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
