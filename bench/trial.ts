/**
 * One trial: one workload on one driver, its result as one line of JSON on standard output.
 *
 *   node dist/bench/trial.js WORKLOAD REQUEST       the request as JSON: driver, directory, entries, quick
 */
import { programs } from "./drivers/index.js";
import { workloads } from "./workloads/index.js";
import type { TrialRequest } from "./workloads/workload.js";

const [, , workloadName = "", requestText = "{}"] = process.argv;
const request = JSON.parse(requestText) as TrialRequest;
const workload = workloads[workloadName];
if (workload === undefined) throw new Error(`no workload ${workloadName}`);
const program = programs[request.driver];
const result = await (program === undefined ? workload.trial(request) : program.trial(workloadName, request));
process.stdout.write(`${JSON.stringify(result)}\n`);
