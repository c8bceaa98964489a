/**
 * Runs a trial in a process of its own, in a directory of its own, which is gone afterwards.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./drivers/packages.js";
import type { TrialRequest, TrialResult } from "./workloads/workload.js";

export interface ProcessTrial extends Omit<TrialRequest, "directory"> {
  workload: string;
  /** Where the trial's directory is made. */
  parentDirectory: string;
  /** The checkout whose build is measured. Default this one. */
  checkout?: string;
}

export async function trialInProcess(trial: ProcessTrial): Promise<TrialResult> {
  const directory = await mkdtemp(join(trial.parentDirectory, "varve-bench-"));
  try {
    const script = join(trial.checkout ?? root, "dist/bench/trial.js");
    const request: TrialRequest = { driver: trial.driver, directory, entries: trial.entries, quick: trial.quick };
    const args = ["--expose-gc", script, trial.workload, JSON.stringify(request)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
    return JSON.parse(stdout) as TrialResult;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
