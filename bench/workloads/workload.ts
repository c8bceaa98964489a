/** What a workload is: a name of db_bench's or YCSB's, those who take part, and one trial of one of them. */
import type { LatencySummary } from "../latency.js";

export interface TrialRequest {
  driver: string;
  /** Empty, and the trial's own. */
  directory: string;
  /** How many entries (or requests); what it stands for is in the title. */
  entries: number;
  /** A fast look: phases that last for a time last for less of it. */
  quick: boolean;
}

export interface TrialResult {
  /** In the workload's unit. */
  value: number;
  operations: number;
  seconds: number;
  latency?: LatencySummary;
  /** Of the process that holds the engine, at the end of the timed phase; 0 if it is not known. */
  residentMegabytes: number;
  /** What else was found, by a name that ends with its unit. */
  figures?: Record<string, number>;
  curves?: Record<string, Curve>;
}

export type Curve = [x: number, y: number][];

export interface Workload {
  /** What a row says of it. */
  title: string;
  /** Of the value. In "ms" less is better. */
  unit: "/s" | "MB/s" | "ms";
  /** Who can take part, ours first. */
  drivers: readonly string[];
  durable: boolean;
  /** How ours is durable in it, where `durable` does not say it all. */
  durabilityOfOurs?: string;
  /** When the command names none. */
  defaultEntries: number;
  quickEntries: number;
  /** What the axes of its curves mean. */
  axes?: { x: string; y: string };
  /** A part of another workload, run in a process of its own; not offered by name. */
  hidden?: boolean;
  trial(request: TrialRequest): Promise<TrialResult>;
}
