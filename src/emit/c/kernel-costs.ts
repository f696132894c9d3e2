// Fitted by tests/bench/fit-costs.test.ts from measurements on emulated boards: do not edit.

import type { Core } from "../../artifacts/board.ts";
import type { CoreCosts } from "./cost-model.ts";

export const KERNEL_COSTS: Readonly<Partial<Record<Core, CoreCosts>>> = {};
