// What a robot.ts imports from "reflexarc". reflexarc reads robot.ts without ever running it, so these exist for the editor: they
// check what the maker writes. Run all the same (by a test of the maker's own, say), they return what reflexarc reads.

import {
  PLAIN_HEAD,
  type EnsembleSpec,
  type HeadSpec,
  type HiddenActivation,
  type PolicySpec,
  type TemporalConvolution,
} from "../artifacts/robot-spec.ts";

/** `Count` numbers that share unit and range, such as the rays of a lidar. */
export type Vec<Count extends number> = readonly number[] & { readonly length: Count };

export interface RobotDefinition {
  /** Kebab-case; generated code and firmware carry it. */
  readonly name: string;
  /** Control ticks a second, 1 to 1000. */
  readonly rateHz: number;
  readonly policy: PolicySpec;
  /** Whether the policy keeps driving without a host; false unless told otherwise. */
  readonly autonomous?: boolean;
  /** Without a word from the host for longer, the link is lost and the action neutral; 100 to 60000, 500 unless told otherwise. */
  readonly linkTimeoutMs?: number;
  /** A reading may be this many ticks old; 0 to 100, 2 unless told otherwise. 0: every tick needs a fresh one. */
  readonly staleTicks?: number;
}

/** What every policy takes. */
export interface PolicyOptions {
  /** Of hidden layers; "relu" unless told otherwise. Convolutions have "relu". */
  readonly activation?: HiddenActivation;
  /** `plain()` unless told otherwise; `gaussian()` for noisy demonstrations, `mixture(bins)` for demonstrations that disagree. */
  readonly head?: HeadSpec;
  /** Networks that learn the same from other seeds, 1 to 8: where they disagree, the policy is in doubt. With `trunk: "shared"`, all but the
   * last hidden layer and the head are one network. */
  readonly ensemble?: number | { readonly members: number; readonly trunk?: EnsembleSpec["trunk"] };
}

export interface MlpOptions extends PolicyOptions {
  /** It sees the newest so many observations, 1 to 64; 1 unless told otherwise. */
  readonly history?: number;
}

export interface TemporalOptions extends PolicyOptions {
  /** It sees the newest so many observations, 2 to 128. */
  readonly window: number;
  /** Convolutions over time, from the input on; each needs as many ticks as its filters see. A stride is 1 unless told otherwise. */
  readonly convolutions: readonly (Omit<TemporalConvolution, "stride"> & Partial<TemporalConvolution>)[];
  /** Widths of the fully connected layers behind them; none unless told otherwise. */
  readonly hidden?: readonly number[];
}

export interface VisionOptions extends PolicyOptions {
  /** The observation's field that holds the image, `"camera"` or `"head.camera"`: a Vec of height * width numbers, row by row. */
  readonly image: string;
  /** Pixels, 8 to 64. */
  readonly height: number;
  /** Pixels, 8 to 64. */
  readonly width: number;
  /** Channels of each convolution, from the image on. Each is 3 x 3 and halves height and width. */
  readonly filters: readonly number[];
  /** Widths of the fully connected layers behind them, where the other readings join; none unless told otherwise. */
  readonly hidden?: readonly number[];
}

export interface GruOptions extends PolicyOptions {
  /** Widths of the fully connected layers behind it; none unless told otherwise. */
  readonly hidden?: readonly number[];
}

/** The default export of robot.ts. */
export function defineRobot(definition: RobotDefinition): RobotDefinition {
  return definition;
}

/** A policy of fully connected layers. @param hidden widths of the hidden layers, from the input on. */
export function mlp(hidden: readonly number[], options: MlpOptions = {}): PolicySpec {
  return policy({ kind: "mlp", hidden, history: options.history ?? 1, ...activationOf(options) }, options);
}

/** A policy that convolves over time: for what shows only in how readings change. */
export function temporal(options: TemporalOptions): PolicySpec {
  const { window, hidden = [] } = options;
  const convolutions = options.convolutions.map((each) => ({ ...each, stride: each.stride ?? 1 }));
  return policy({ kind: "temporal", window, convolutions, hidden, ...activationOf(options) }, options);
}

/** A policy that looks at a small grey image. */
export function vision(options: VisionOptions): PolicySpec {
  const { height, width, filters, hidden = [] } = options;
  return policy({ kind: "vision", image: options.image.split("."), height, width, filters, hidden, ...activationOf(options) }, options);
}

/** A policy that remembers: a gated recurrent unit. @param units numbers that it remembers, 1 to 256. */
export function gru(units: number, options: GruOptions = {}): PolicySpec {
  return policy({ kind: "gru", units, hidden: options.hidden ?? [], ...activationOf(options) }, options);
}

/** The head that says the action itself, or a score for each label. */
export function plain(): HeadSpec {
  return PLAIN_HEAD;
}

/** The head that learns how sure the demonstrations are, too: noisy ones weigh less. For continuous actions. */
export function gaussian(): HeadSpec {
  return { kind: "gaussian" };
}

/** The head that chooses one of a few typical actions and how to differ from it, so that two ways round an obstacle are never averaged. For
 * continuous actions. @param bins typical actions, 2 to 16. */
export function mixture(bins: number): HeadSpec {
  return { kind: "mixture", bins };
}

function activationOf({ activation = "relu" }: PolicyOptions): { readonly activation: HiddenActivation } {
  return { activation };
}

function policy(architecture: PolicySpec["architecture"], { head = PLAIN_HEAD, ensemble = 1 }: PolicyOptions): PolicySpec {
  const { members, trunk = "none" } = typeof ensemble === "number" ? { members: ensemble } : ensemble;
  return { architecture, head, ensemble: { members, trunk } };
}
