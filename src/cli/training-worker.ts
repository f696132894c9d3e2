// The thread in which a policy is trained beside others. Started by trainer.ts.

import { serveTasks } from "../host/worker-thread.ts";
import type { TrainingResult } from "../train/fit.ts";
import { trainTask, type ChosenTask } from "./train-task.ts";

serveTasks<ChosenTask, TrainingResult>(trainTask);
