// In: a MuJoCo model as XML (MJCF). Out: a simulation to step and look at. One WebAssembly module serves all simulations;
// everything that is peculiar about its JavaScript bindings stays in this file.

import loadMujoco, { type MainModule, type MjData, type MjModel, type MjOption } from "@mujoco/mujoco";
import { assert } from "../core/assert.ts";

let loading: Promise<MainModule> | undefined;

/** Compiles an MJCF model; the first call also loads the module (about 0.2 s).
 * @throws AssertionError when MuJoCo refuses the model: models are generated, so that is a bug. */
export async function createSimulation(mjcf: string): Promise<Simulation> {
  loading ??= loadMujoco();
  return new Simulation(await loading, mjcf);
}

/** One model and its state. Views of the state die when the module's memory grows, so fetch them anew each tick. */
export class Simulation {
  private readonly mujoco: MainModule;
  private readonly model: MjModel;
  private readonly data: MjData;
  private readonly option: MjOption;

  constructor(mujoco: MainModule, mjcf: string) {
    this.mujoco = mujoco;
    this.model = compileModel(mujoco, mjcf);
    this.data = new mujoco.MjData(this.model);
    this.option = this.model.opt;
  }

  /** Position coordinates; write them only between `reset` and the first `advance`, then call `refresh`. */
  get positions(): Float64Array {
    return this.data.qpos as Float64Array;
  }

  /** One setpoint an actuator. */
  get controls(): Float64Array {
    return this.data.ctrl as Float64Array;
  }

  /** Sensor readings as of the last `refresh` or `advance`. */
  get sensors(): Float64Array {
    return this.data.sensordata as Float64Array;
  }

  /** Bytes of the module's memory, which all simulations share and which never shrinks. */
  get memoryBytes(): number {
    return this.sensors.buffer.byteLength;
  }

  /** Back to the model's initial state, at time 0. */
  reset(): void {
    this.mujoco.mj_resetData(this.model, this.data);
  }

  /** Brings contacts and sensors in line with the positions. */
  refresh(): void {
    this.mujoco.mj_step1(this.model, this.data);
  }

  /** Steps `count` times, tracing the sensors' rays only after the last step: they cost more than the step itself.
   * The two halves of a step are swapped so that contacts and sensors belong to the final positions. */
  advance(count: number): void {
    const noSensors = this.mujoco.mjtDisableBit.mjDSBL_SENSOR.value;
    this.option.disableflags |= noSensors;
    for (let step = 1; step <= count; step++) {
      this.mujoco.mj_step2(this.model, this.data);
      if (step === count) this.option.disableflags &= ~noSensors;
      this.mujoco.mj_step1(this.model, this.data);
    }
  }

  /** The geom's number, for `touches`. */
  geomId(name: string): number {
    const id = this.mujoco.mj_name2id(this.model, this.mujoco.mjtObj.mjOBJ_GEOM.value, name);
    assert(id >= 0, `the model has no geom "${name}"`);
    return id;
  }

  /** Whether the geom is in contact with anything. */
  touches(geom: number): boolean {
    const contacts = this.data.contact;
    let found = false;
    for (let index = 0; index < contacts.size() && !found; index++) {
      const contact = contacts.get(index);
      found = contact?.geom1 === geom || contact?.geom2 === geom;
      contact?.delete();
    }
    contacts.delete();
    return found;
  }

  /** Frees the module's memory; the simulation is unusable afterwards. */
  dispose(): void {
    this.option.delete();
    this.data.delete();
    this.model.delete();
  }
}

function compileModel(mujoco: MainModule, mjcf: string): MjModel {
  try {
    return mujoco.MjModel.from_xml_string(mjcf);
  } catch (error) {
    assert(false, `MuJoCo refuses the model: ${error instanceof Error ? error.message : String(error)}`);
  }
}
