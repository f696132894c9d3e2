// What training leaves behind and everything after it starts from: the float network, the int8 graph, and where they came from.

import type { Hash64 } from "../core/hash.ts";
import type { Graph } from "./graph.ts";
import type { FloatNetwork } from "./network.ts";

/** Bumped whenever the meaning of a bundle's files changes. */
export const BUNDLE_FORMAT = 1;

/** A few inputs with their int8 outputs: what a board must reproduce before it may drive. */
export interface GoldenVectors {
  /** n x input width. */
  readonly inputs: Int8Array;
  /** n x output width. */
  readonly outputs: Int8Array;
}

/** How the policy came to be; everything that a repeat needs. */
export interface Provenance {
  readonly toolVersion: string;
  readonly robot: string;
  readonly schemaHash: Hash64;
  readonly schemaRevision: number;
  readonly seed: number;
  /** "tfjs-node", "tfjs-wasm" or "tfjs-cpu". */
  readonly engine: string;
  /** SHA-256 of each recording, 16 digits, by file name. */
  readonly recordings: Readonly<Record<string, Hash64>>;
  readonly samples: number;
  readonly epochs: number;
  /** The policy whose weights training went on from; absent where it began afresh. */
  readonly wentOnFrom?: Hash64;
}

/** Held-out quality. Agreement is the share of equal labels (discrete); error the mean absolute one, as a share of the
 * action's range (continuous). */
export interface PolicyMetrics {
  readonly kind: "agreement" | "error";
  readonly float: number;
  readonly int8: number;
  /** Rows that were held out. */
  readonly rows: number;
  /** Training and validation loss by epoch. */
  readonly trainingLoss: readonly number[];
  readonly validationLoss: readonly number[];
}

export interface PolicyBundle {
  readonly provenance: Provenance;
  readonly metrics: PolicyMetrics;
  readonly network: FloatNetwork;
  readonly graph: Graph;
  readonly vectors: GoldenVectors;
  /** Hash of the int8 model: its .tflite bytes. */
  readonly policyHash: Hash64;
}
