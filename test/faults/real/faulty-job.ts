/** Runs a job of the store in a worker thread, on an `Io` under the rules of the zones. */
import type { Io, Job } from "../../../src/io/io.js";
import { faultyIo, type FaultyJob } from "./faulty-io.js";

export async function runFaultyJob({ moduleUrl, exportName, spec, table }: FaultyJob, io: Io): Promise<unknown> {
  const module = (await import(moduleUrl)) as Record<string, Job<unknown, unknown>>;
  return (module[exportName] as Job<unknown, unknown>)(spec, faultyIo(io, table, true));
}
