// What a policy's network is made of: a call of mlp, temporal, vision or gru in, its architecture out. One reader for each kind.

import type { CallExpression, Expression } from "ts-morph";
import type { Architecture, Field, HiddenActivation, TemporalConvolution } from "../artifacts/robot-spec.ts";
import { constantText } from "./constant-values.ts";
import { shorten } from "./field-types.ts";
import { Options, readHidden, readList, readWhole, type WholeNumber } from "./options.ts";
import type { Problems } from "./problems.ts";

const MAXIMUM_HISTORY = 64;
const MAXIMUM_WINDOW = 128;
const MAXIMUM_CONVOLUTIONS = 6;
const MAXIMUM_FILTERS = 128;
const MINIMUM_SIDE = 8;
/** Of an image; what the link carries in one frame. */
const MAXIMUM_SIDE = 64;
const MAXIMUM_UNITS = 256;

export type ArchitectureKind = Architecture["kind"];

/** What an architecture's reader is given besides its call. */
export interface ArchitectureContext {
  readonly options: Options;
  readonly activation: HiddenActivation;
  /** What the policy sees; null where robot.ts has no usable Observation. */
  readonly observation: readonly Field[] | null;
}

interface ArchitectureReader {
  readonly keys: readonly string[];
  /** What stands before the options; null: nothing. */
  readonly leading: string | null;
  /** Options, for hints. */
  readonly example: string;
  readonly read: (call: CallExpression, context: ArchitectureContext) => Architecture | null;
}

export const ARCHITECTURES: Readonly<Record<ArchitectureKind, ArchitectureReader>> = {
  mlp: { keys: ["history"], leading: "hidden widths", example: `{ activation: "tanh" }, or leave them out`, read: readMlp },
  temporal: {
    keys: ["window", "convolutions", "hidden"],
    leading: null,
    example: "{ window: 16, convolutions: [{ filters: 16, ticks: 3 }], hidden: [32] }",
    read: readTemporal,
  },
  vision: {
    keys: ["image", "height", "width", "filters", "hidden"],
    leading: null,
    example: `{ image: "camera", height: 48, width: 48, filters: [8, 16, 16], hidden: [32] }`,
    read: readVision,
  },
  gru: { keys: ["hidden"], leading: "units", example: "{ hidden: [32] }, or leave them out", read: readGru },
};

function readMlp(call: CallExpression, { options, activation }: ArchitectureContext): Architecture | null {
  const [widths] = call.getArguments();
  const { problems } = options;
  if (widths === undefined) {
    problems.error("spec-hidden-layers", call, "mlp has no hidden widths", "write them as a list: mlp([32, 16]), or mlp([]) for none");
    return null;
  }
  const hidden = readHidden(widths, "mlp", problems);
  const range = { minimum: 1, maximum: MAXIMUM_HISTORY, meaning: "how many of the newest observations it sees" };
  const history = options.optional("history", 1, (value) => readWhole("spec-history", value, range, problems));
  return hidden === null || history === null ? null : { kind: "mlp", hidden, history, activation };
}

function readTemporal(_call: CallExpression, { options, activation }: ArchitectureContext): Architecture | null {
  const { problems } = options;
  const range = { minimum: 2, maximum: MAXIMUM_WINDOW, meaning: "how many of the newest observations it sees" };
  const window = options.require("window", "16", (value) => readWhole("spec-window", value, range, problems));
  const example = "[{ filters: 16, ticks: 3 }]";
  const convolutions = options.require("convolutions", example, (value) => {
    const count = { minimum: 1, maximum: MAXIMUM_CONVOLUTIONS };
    const read = (element: Expression): TemporalConvolution | null => readConvolution(element, problems);
    const list = readList("spec-convolutions", value, "convolutions of temporal", example, count, read, problems);
    return list !== null && window !== null && !fitsWindow(value, list, window, problems) ? null : list;
  });
  const hidden = readHiddenOption(options);
  if (window === null || convolutions === null || hidden === null) return null;
  return { kind: "temporal", window, convolutions, hidden, activation };
}

function readConvolution(element: Expression, problems: Problems): TemporalConvolution | null {
  const example = "{ filters: 16, ticks: 3, stride: 1 }";
  const options = Options.read("a convolution", element, element, ["filters", "ticks", "stride"], example, problems);
  if (options === null) return null;
  const whole =
    (maximum: number, meaning: string) =>
    (value: Expression): number | null =>
      readWhole("spec-convolutions", value, { minimum: 1, maximum, meaning }, problems);
  const filters = options.require("filters", "16", whole(MAXIMUM_FILTERS, "the number of filters"));
  const ticks = options.require("ticks", "3", whole(MAXIMUM_WINDOW, "the ticks that a filter sees"));
  const stride = options.optional("stride", 1, whole(MAXIMUM_WINDOW, "the ticks from one place of a filter to the next"));
  return filters === null || ticks === null || stride === null ? null : { filters, ticks, stride };
}

/** Whether each convolution has the ticks that its filters need. */
function fitsWindow(list: Expression, convolutions: readonly TemporalConvolution[], window: number, problems: Problems): boolean {
  let left = window;
  for (const [index, { ticks, stride }] of convolutions.entries()) {
    if (ticks > left) {
      const message = `convolution ${index + 1} sees ${ticks} ticks, and only ${left} of the window are left`;
      const needed = neededWindow(convolutions);
      const hint = needed <= MAXIMUM_WINDOW ? `write window: ${needed} or more, or fewer ticks` : "write fewer ticks or smaller strides";
      problems.error("spec-window", list, message, hint);
      return false;
    }
    left = Math.floor((left - ticks) / stride) + 1;
  }
  return true;
}

/** The ticks that one output of the last convolution sees. */
function neededWindow(convolutions: readonly TemporalConvolution[]): number {
  return convolutions.reduceRight((needed, { ticks, stride }) => (needed - 1) * stride + ticks, 1);
}

function readVision(_call: CallExpression, { options, activation, observation }: ArchitectureContext): Architecture | null {
  const { problems } = options;
  const side = (value: Expression): number | null => {
    const range = { minimum: MINIMUM_SIDE, maximum: MAXIMUM_SIDE, meaning: "the image's pixels" };
    return readWhole("spec-image", value, range, problems);
  };
  const height = options.require("height", "48", side);
  const width = options.require("width", "48", side);
  const pixels = height === null || width === null ? null : { height, width };
  const image = options.require("image", `"camera"`, (value) => readImage(value, pixels, observation, problems));
  const filters = options.require("filters", "[8, 16, 16]", (value) => {
    const filter = { minimum: 1, maximum: MAXIMUM_FILTERS, meaning: "the channels of a convolution" };
    const count = { minimum: 1, maximum: MAXIMUM_CONVOLUTIONS };
    const read = (element: Expression): number | null => readWhole("spec-filters", element, filter, problems);
    return readList("spec-filters", value, "filters of vision", "[8, 16, 16]", count, read, problems);
  });
  const hidden = readHiddenOption(options);
  if (pixels === null || image === null || filters === null || hidden === null) return null;
  return { kind: "vision", image, ...pixels, filters, hidden, activation };
}

/** The path of the image's field, which must hold as many numbers as there are pixels. */
function readImage(
  expression: Expression,
  pixels: { readonly height: number; readonly width: number } | null,
  observation: readonly Field[] | null,
  problems: Problems,
): readonly string[] | null {
  const name = constantText(expression);
  const refuse = (message: string, hint: string): null => {
    problems.error("spec-image", expression, message, hint);
    return null;
  };
  if (name === null)
    return refuse(`${shorten(expression.getText())} names no field`, `write the image's field of Observation: image: "camera"`);
  if (observation === null) return name.split(".");
  const field = observation.find((each) => each.path.join(".") === name);
  const count = pixels === null ? 2304 : pixels.height * pixels.width;
  const declaration = `/** @range 0 255 */ ${name.split(".").at(-1) ?? name}: Vec<${count}>`;
  if (field === undefined) return refuse(`Observation has no field ${name}`, `add ${declaration}, or name the field that holds the image`);
  if (field.kind === "choice" || field.length === null)
    return refuse(`${name} is no image`, `write ${declaration}, a number a pixel, row by row`);
  if (field.mirror === null && observation.some((each) => each.kind === "number" && each.mirror !== null)) {
    return refuse(
      `other readings have a mirror image, and ${name} has none`,
      "write @mirror reverse above it: each row of pixels from end to end",
    );
  }
  if (pixels === null || field.length === count) return field.path;
  const message = `${name} holds ${field.length} numbers, and ${pixels.height} x ${pixels.width} pixels are ${count}`;
  return refuse(message, `write Vec<${count}>, or the height and width of the image that ${name} holds`);
}

function readGru(call: CallExpression, { options, activation }: ArchitectureContext): Architecture | null {
  const [first] = call.getArguments();
  const { problems } = options;
  const range: WholeNumber = { minimum: 1, maximum: MAXIMUM_UNITS, meaning: "how many numbers it remembers" };
  if (first === undefined) {
    problems.error("spec-units", call, "gru has no units", "write how many numbers it remembers: gru(24)");
    return null;
  }
  const units = readWhole("spec-units", first, range, problems);
  const hidden = readHiddenOption(options);
  return units === null || hidden === null ? null : { kind: "gru", units, hidden, activation };
}

function readHiddenOption(options: Options): readonly number[] | null {
  return options.optional("hidden", [], (value) => readHidden(value, options.owner, options.problems));
}
