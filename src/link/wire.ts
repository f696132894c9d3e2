// Flat observations and actions as the blobs that messages carry, and back: little-endian, a number as float32, a choice or a discrete
// action as a u8, 255 for none. The generated robot.c does the same with its structs.

import { assert, at } from "../core/assert.ts";
import { actionWidth, fieldOfChannel, NO_ACTION, observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";

type ChannelKind = "number" | "label";

/** Bytes of an observation blob. */
export function observationWireBytes(spec: RobotSpec): number {
  return wireBytes(observationChannels(spec));
}

/** Bytes of an action blob. */
export function actionWireBytes(spec: RobotSpec): number {
  return wireBytes(actionChannels(spec));
}

/** @param flat observationWidth(spec) numbers; a choice that is no label's index goes out as 255, which no robot takes for valid. */
export function observationToWire(spec: RobotSpec, flat: ArrayLike<number>): Uint8Array {
  assert(flat.length === observationWidth(spec), `${flat.length} numbers are no observation of ${spec.name}`);
  return toWire(observationChannels(spec), flat);
}

/** @returns null when the blob has another length. */
export function observationFromWire(spec: RobotSpec, blob: Uint8Array): Float32Array | null {
  return fromWire(observationChannels(spec), blob);
}

/** @param flat actionWidth(spec) numbers; NO_ACTION for a discrete action that turns actuators off. */
export function actionToWire(spec: RobotSpec, flat: ArrayLike<number>): Uint8Array {
  assert(flat.length === actionWidth(spec), `${flat.length} numbers are no action of ${spec.name}`);
  return toWire(actionChannels(spec), flat);
}

/** @returns null when the blob has another length. */
export function actionFromWire(spec: RobotSpec, blob: Uint8Array): Float32Array | null {
  return fromWire(actionChannels(spec), blob);
}

function observationChannels(spec: RobotSpec): readonly ChannelKind[] {
  return fieldOfChannel(spec.observation).map((field) => (field.kind === "choice" ? "label" : "number"));
}

function actionChannels(spec: RobotSpec): readonly ChannelKind[] {
  return spec.action.kind === "discrete" ? ["label"] : fieldOfChannel(spec.action.fields).map(() => "number");
}

function wireBytes(channels: readonly ChannelKind[]): number {
  return channels.reduce((sum, kind) => sum + (kind === "number" ? 4 : 1), 0);
}

function toWire(channels: readonly ChannelKind[], flat: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(wireBytes(channels)));
  let position = 0;
  channels.forEach((kind, channel) => {
    const value = at(flat, channel);
    if (kind === "number") {
      view.setFloat32(position, value, true);
      position += 4;
    } else {
      view.setUint8(position, Number.isInteger(value) && value >= 0 && value < NO_ACTION ? value : NO_ACTION);
      position += 1;
    }
  });
  return new Uint8Array(view.buffer);
}

function fromWire(channels: readonly ChannelKind[], blob: Uint8Array): Float32Array | null {
  if (blob.length !== wireBytes(channels)) return null;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  let position = 0;
  return Float32Array.from(channels, (kind) => {
    const value = kind === "number" ? view.getFloat32(position, true) : view.getUint8(position);
    position += kind === "number" ? 4 : 1;
    return value;
  });
}
