// The robot, described once: what it senses, what it does, how often, and what kind of policy decides.

import { defineRobot, mlp, type Vec } from "reflexarc";

/** What the robot senses each tick. */
export interface Observation {
  /** Ultrasonic ranges, all around. @unit m @range 0 5.1 @clip 0 1.5 */
  range: Vec<24>;
}

/** What it does: one of these each tick, and none of them (motors off) where it must not move. */
export type Action = "move-forward" | "slight-right-turn" | "sharp-right-turn" | "slight-left-turn";

export default defineRobot({ name: "wall-follower", rateHz: 9, policy: mlp([32, 16]) });
