/** Hostile requests over a real socket. The targets of targets.ts, for a bounded number of runs. */
import { testTarget } from "./properties.js";
import { socketTargets } from "./targets.js";

for (const target of socketTargets) testTarget(target);
