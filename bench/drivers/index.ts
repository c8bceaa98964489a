/** The drivers by name, ours first. */
import { classicLevel } from "./classic-level.js";
import type { Driver } from "./driver.js";
import { lmdb } from "./lmdb.js";
import { varve } from "./varve.js";

export const drivers: Record<string, Driver> = { varve, "classic-level": classicLevel, lmdb };
