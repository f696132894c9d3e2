// The robot, described once: what it senses, what it does, how often, and what kind of policy decides.

import { defineRobot, mlp, type Vec } from "reflexarc";

/** The hand at the end of the arm. */
interface Gripper {
  /** Of the whole hand, closed to open. @unit mm @range 0 60 */
  opening: number;
  contact: "none" | "one-finger" | "both-fingers";
}

/** What the arm senses each tick. */
export interface Observation {
  /** Shoulder and elbow, counter-clockwise from straight ahead. @unit rad @range -3.2 3.2 */
  joint: Vec<2>;
  /** Seen from the shoulder. @unit m @range 0 2 @clip 0 0.6 */
  targetDistance: number;
  gripper: Gripper;
}

/** What it does each tick: speeds as a share of each servo's fastest. Standing still does no harm; and gears last
 * longer when a servo at full speed gets an eighth of a second to stop. */
export interface Action {
  /** @range -1 1 @neutral 0 @slew 8 */
  shoulder: number;
  /** @range -1 1 @neutral 0 @slew 8 */
  elbow: number;
}

export default defineRobot({ name: "servo-arm", rateHz: 50, policy: mlp([32, 32], { activation: "tanh" }) });
