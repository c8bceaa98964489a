/** Recoveries and reads over damaged files in three zones. The targets of targets.ts, for a bounded number of runs. */
import { testTarget } from "./properties.js";
import { fileTargets } from "./targets.js";

for (const target of fileTargets) testTarget(target);
