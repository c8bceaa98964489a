/**
 * The command behind `npm run crash`: kills the real thing on the real disk.
 *
 *   npm run crash -- --minutes M | --kills N [--seed S] [--jobs J]                 a server under load, at random moments
 *   npm run crash -- --at-calls [--twice] [--from N] [--every K] [--minutes M] [--jobs J]    an engine at each I/O call in turn
 *   npm run crash -- --at N [--again N] --moment before|during|torn --options '{"zones":3}'    one kill of these again
 *
 * With --twice each kill is followed by one at some I/O call of the opening after it. --moment and --options leave the others out.
 * The stores are in the temporary directory (TMPDIR). Every fault is printed with its seed or its command, then the totals. Exit code 1 if
 * there was a fault.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { StoreOptions } from "../../src/engine/options.js";
import { commandOf, endHunt, killAtCall, type CallKill, type CallKillResult } from "./call-hunt.js";
import { moments, type Moment } from "./counting-io.js";
import { CrashRun, noKills } from "./crash-run.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    kills: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string", default: "1" },
    "at-calls": { type: "boolean", default: false },
    from: { type: "string", default: "1" },
    every: { type: "string", default: "1" },
    twice: { type: "boolean", default: false },
    at: { type: "string" },
    again: { type: "string" },
    moment: { type: "string" },
    options: { type: "string" },
  },
});
const startedMs = Date.now();
const untilMs = values.minutes === undefined ? Infinity : startedMs + Number(values.minutes) * 60_000;
const isTimeOver = (): boolean => Date.now() > untilMs;
const usualOptions: readonly StoreOptions[] = [
  { zones: 3, durability: "quorum" },
  { zones: 1 },
  { zones: 3, durability: "all" },
];
const optionSets = values.options === undefined ? usualOptions : [JSON.parse(values.options) as StoreOptions];
const wantedMoments = moments.filter((moment) => values.moment === undefined || moment === values.moment);
/** Kills of one store before the next seed brings a new one. */
const killsPerStore = 50;
const totals = { ...noKills(), scenarios: 0 };

async function inJobs(job: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: Number(values.jobs) }, job));
}

function report(faults: readonly string[], command: string): void {
  for (const fault of faults) console.log(`FAULT: ${command}\n  ${fault}`);
  totals.faults.push(...faults);
}

async function killOneStore(seed: number, kills: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "varve-crash-"));
  const { faults, ...counts } = await new CrashRun(directory, seed).run((run) => run.kills >= kills || isTimeOver());
  console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
  report(faults, `npm run crash -- --seed ${seed} --kills ${kills}; its store is kept in ${directory}`);
  if (faults.length === 0) rmSync(directory, { recursive: true, force: true });
  totals.kills += counts.kills;
  totals.killsWhileOpening += counts.killsWhileOpening;
  totals.writes += counts.writes;
  totals.reads += counts.reads;
  totals.itemsCompared += counts.itemsCompared;
}

/** Seed after seed, up to the first fault. */
async function killServers(): Promise<void> {
  let seed = Number(values.seed ?? startedMs % 1_000_000_000);
  let killsLeft = Number(values.kills ?? Infinity);
  await inJobs(async () => {
    while (killsLeft > 0 && !isTimeOver() && totals.faults.length === 0) {
      const kills = Math.min(killsPerStore, killsLeft);
      killsLeft -= kills;
      await killOneStore(seed++, kills);
    }
  });
}

async function killOnce(kill: CallKill): Promise<CallKillResult> {
  const result = await killAtCall(kill);
  if (result.fault !== undefined) report([result.fault], commandOf(kill));
  totals.kills += Number(result.killed) + Number(result.killedAgain);
  totals.killsWhileOpening += Number(result.killedAgain);
  return result;
}

/** Openings differ in length: the bound is what the last one took that was not killed. */
function drawAgain(at: number, openingCalls: number | undefined): number | undefined {
  if (!values.twice) return undefined;
  return openingCalls === undefined ? 0 : 1 + ((at * 37) % openingCalls);
}

async function killAtCallsOf(storeOptions: StoreOptions, moment: Moment): Promise<void> {
  const calls = { next: Number(values.from), areOver: false, last: 0 };
  const killsBefore = totals.kills;
  let openingCalls: number | undefined;
  await inJobs(async () => {
    while (!calls.areOver && !isTimeOver()) {
      const at = calls.next;
      calls.next += Number(values.every);
      const result = await killOnce({ at, moment, again: drawAgain(at, openingCalls), storeOptions });
      openingCalls = result.openingCalls ?? openingCalls;
      if (result.killed) calls.last = Math.max(calls.last, at);
      else calls.areOver = true;
    }
  });
  if (calls.areOver) totals.scenarios++;
  console.log(
    `${JSON.stringify(storeOptions)} ${moment}: ${totals.kills - killsBefore} kills, the last at call ${calls.last}`,
  );
}

if (values.at !== undefined) {
  const [storeOptions = {}] = optionSets;
  const [moment = "before"] = wantedMoments;
  const again = values.again === undefined ? undefined : Number(values.again);
  await killOnce({ at: Number(values.at), moment, again, storeOptions });
} else if (values["at-calls"]) {
  for (const storeOptions of optionSets) for (const moment of wantedMoments) await killAtCallsOf(storeOptions, moment);
} else {
  await killServers();
}
await endHunt();
const seconds = Math.round((Date.now() - startedMs) / 1000);
const counts = Object.entries({ ...totals, faults: totals.faults.length, seconds });
console.log(JSON.stringify(Object.fromEntries(counts.filter(([name, count]) => name === "faults" || count !== 0))));
process.exitCode = totals.faults.length > 0 ? 1 : 0;
