// A model.json by hand, with its weights in one shard: for tests.

export interface JsonWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** float32 when not given. */
  readonly dtype?: "float32" | "int32";
}

export function modelOf(
  model: object,
  weights: readonly JsonWeight[],
): { readonly text: string; readonly shards: ReadonlyMap<string, Uint8Array> } {
  const manifest = [{ paths: ["shard.bin"], weights: weights.map(({ name, shape, dtype = "float32" }) => ({ name, shape, dtype })) }];
  const parts = weights.map(({ values, dtype }) => new Uint8Array((dtype === "int32" ? Int32Array : Float32Array).from(values).buffer));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return { text: JSON.stringify({ ...model, weightsManifest: manifest }), shards: new Map([["shard.bin", bytes]]) };
}
