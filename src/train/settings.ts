// What training can be told: the defaults, and what to change of them when it goes on from a policy or imitates int8.

export const SCHEDULES = ["cosine", "constant"] as const;

/** How the learning rate goes on: cosine falls to 0 along half a cosine (Loshchilov & Hutter 2017). */
export type Schedule = (typeof SCHEDULES)[number];

export interface TrainingSettings {
  /** Passes over the training rows, at most. Where nobody asks for a number: fewer when there are very many rows. */
  readonly epochs: number;
  /** Rows (of a network with state: sequences) a step, at most; few are cut into smaller batches, so that an epoch has 16 steps. */
  readonly batchSize: number;
  /** At the start. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Epochs without a lower running mean of the validation loss until training stops. */
  readonly patience: number;
  /** Decoupled, in units of the learning rate. */
  readonly weightDecay: number;
  /** Share of a discrete target spread evenly over all labels. */
  readonly labelSmoothing: number;
  /** Rare labels weigh as much in sum as frequent ones. */
  readonly balanceLabels: boolean;
  /** Standard deviation of the noise on inputs of -1..1, drawn anew for each batch. */
  readonly inputNoise: number;
  /** Learn from the mirror image of everything, too, where robot.ts declares a symmetry. */
  readonly mirror: boolean;
  /** Each member of an ensemble sees each row 0, 1, 2 ... times, as if it had been drawn with replacement. Null: where members share a trunk,
   * and would be too much of one mind. */
  readonly bootstrap: boolean | null;
  /** Ticks that a network with state is trained through at once. */
  readonly sequenceTicks: number;
}

/** Rate, batches, decay, smoothing and noise were chosen on held-out quarters of a wall-following robot's log, over six seeds; the rate also on
 * made-up arms, echoes, pictures and few or rare labels, all of which wanted it this high. */
export const DEFAULT_TRAINING_SETTINGS: TrainingSettings = {
  epochs: 100,
  batchSize: 64,
  learningRate: 0.02,
  schedule: "cosine",
  patience: 60,
  weightDecay: 0.05,
  labelSmoothing: 0.1,
  balanceLabels: false,
  inputNoise: 0,
  mirror: true,
  bootstrap: null,
  sequenceTicks: 32,
};

/** Going on from a policy: what it knows must not be lost, and somebody waits. */
const GOING_ON: Partial<TrainingSettings> = { epochs: 40, learningRate: 0.01, patience: 40 };

/** Steps of all epochs together, at most, and passes, at least, where nobody asks for a number of epochs. */
const MOST_STEPS = 20_000;
const FEWEST_EPOCHS = 10;

/** The settings to train with. @param given what somebody asked for. @param isWarm training goes on from a policy. */
export function completeSettings(given: Partial<TrainingSettings>, isWarm: boolean): TrainingSettings {
  return { ...DEFAULT_TRAINING_SETTINGS, ...(isWarm ? GOING_ON : {}), ...given };
}

/** Of `usual` epochs as many as there is time for. */
export function epochsFor(usual: number, stepsAnEpoch: number): number {
  return Math.min(usual, Math.max(FEWEST_EPOCHS, Math.ceil(MOST_STEPS / stepsAnEpoch)));
}

const TUNING_EPOCHS = 15;

/** For the last epochs, in which a trained network learns to live with int8. Never more than somebody asked for. */
export function fineTuningSettings(settings: Partial<TrainingSettings>): Partial<TrainingSettings> {
  const epochs = Math.min(TUNING_EPOCHS, settings.epochs ?? TUNING_EPOCHS);
  return { ...settings, epochs, learningRate: 0.002, schedule: "cosine", patience: epochs };
}
