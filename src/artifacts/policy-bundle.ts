// What training leaves behind and everything after it starts from: the float network, the int8 graph, and where they came from.

import type { Hash64 } from "../core/hash.ts";
import type { Graph } from "./graph.ts";
import type { FloatNetwork } from "./network.ts";
import type { PolicyForm } from "./policy-form.ts";

/** Bumped whenever the meaning of a bundle's files changes. */
export const BUNDLE_FORMAT = 2;

/** Inputs with their int8 outputs, one observation each: what a board must reproduce before it may drive. Each is inferred with an empty
 * memory. */
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
  /** What trained it: "wasm", "tfjs-node", "tfjs-wasm" or "tfjs-cpu"; "import" where it came from a file. */
  readonly engine: string;
  /** SHA-256 of each recording, 16 digits, by file name. */
  readonly recordings: Readonly<Record<string, Hash64>>;
  readonly samples: number;
  readonly epochs: number;
  /** The policy whose weights training went on from; absent where it began afresh. */
  readonly wentOnFrom?: Hash64;
  /** The file that the policy was imported from, and what its numbers were taken for; absent where it was trained here. */
  readonly importedFrom?: { readonly file: string; readonly hash: Hash64; readonly inputs: string; readonly outputs: string | null };
}

/** Held-out quality. Agreement is the share of equal labels (discrete); error the mean absolute one, as a share of the
 * action's range (continuous). */
export interface PolicyMetrics {
  readonly kind: "agreement" | "error";
  readonly float: number;
  /** Of the bundle's graph. */
  readonly int8: number;
  /** Of int8 when the network was quantized as it had been trained. */
  readonly postTraining: number;
  /** Of int8 when it then learnt on with int8 in mind; null where it did not, or where that did not help. */
  readonly quantizationAware: number | null;
  /** Rows that were held out; 0: nobody said what is right, and the scores are 0, which an imported policy may have. */
  readonly rows: number;
  /** Training and validation loss by epoch. */
  readonly trainingLoss: readonly number[];
  readonly validationLoss: readonly number[];
}

export interface PolicyBundle {
  readonly provenance: Provenance;
  readonly metrics: PolicyMetrics;
  readonly form: PolicyForm;
  /** Null where an int8 model was imported. */
  readonly network: FloatNetwork | null;
  /** Inputs and outputs as those of the network, quantized. */
  readonly graph: Graph;
  readonly vectors: GoldenVectors;
  /** Hash of the int8 model: its .tflite bytes. */
  readonly policyHash: Hash64;
}
