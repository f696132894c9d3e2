// The robot, described once: what it senses, what it does, how often, and what kind of policy decides.

import { defineRobot, mlp } from "reflexarc";

/** What the robot senses each tick: the nearest obstacle on each side. */
export interface Observation {
  /** Nearest obstacle ahead. @unit m @range 0 5.1 @clip 0 1.5 */
  front: number;
  /** Nearest obstacle on the left. @unit m @range 0 5.1 @clip 0 1.5 */
  left: number;
  /** Nearest obstacle on the right. @unit m @range 0 5.1 @clip 0 1.5 */
  right: number;
  /** Nearest obstacle behind. @unit m @range 0 5.1 @clip 0 1.5 */
  back: number;
}

/** What it does: one of these each tick, and none of them (motors off) where it must not move. */
export type Action = "move-forward" | "slight-right-turn" | "sharp-right-turn" | "slight-left-turn";

export default defineRobot({ name: "wall-follower-4", rateHz: 9, policy: mlp([32, 16]) });
