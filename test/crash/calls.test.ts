/** A sample of the kills at each I/O call, and that the comparison would see a loss; `npm run crash -- --at-calls` does them all. */
import t from "tap";
import { endHunt, killAtCall } from "./call-hunt.js";
import { CallLog } from "./call-log.js";
import type { Moment } from "./counting-io.js";

t.teardown(endHunt);

/** Calls in the load, in a compaction and after the second opening. */
const sample: readonly [at: number, moment: Moment, zones: 1 | 3, again?: number][] = [
  [1811, "before", 3],
  [331, "during", 3, 30],
  [211, "torn", 3],
  [41, "torn", 1],
];

t.test("killed at some I/O calls, the store is what was acknowledged", async (t) => {
  for (const [at, moment, zones, again] of sample) {
    const { killed, killedAgain, fault } = await killAtCall({ at, moment, again, storeOptions: { zones } });
    t.equal(fault, undefined, `call ${at}, ${moment}, ${zones} zones`);
    t.ok(killed, "killed before the scenario was over");
    t.equal(killedAgain, again !== undefined, "and while it was opened again, if that was asked for");
  }
});

t.test("a scenario that is not killed comes to its end", async (t) => {
  const { killed, fault } = await killAtCall({ at: 0, moment: "torn", storeOptions: { zones: 1 } });
  t.same({ killed, fault }, { killed: false, fault: undefined });
});

t.test("a store that acknowledges before a write is durable is found out", async (t) => {
  let seen: string | undefined;
  // About there the first frame of the log is written.
  for (const at of [10, 11, 9, 12, 8, 13, 7]) {
    const { fault } = await killAtCall({ at, moment: "torn", storeOptions: { zones: 1, durability: "none" } });
    seen ??= fault;
    if (seen !== undefined) break;
  }
  t.match(seen, /lost: recovered to/);
});

t.test("the model of a victim tells what may not be", async (t) => {
  const lines = [
    { makes: "a" },
    { writes: [["a", "k", "1"]] },
    { acknowledged: 1 },
    {
      writes: [
        ["a", "k", "2"],
        ["a", "l", "2"],
      ],
    },
  ];
  const log = new CallLog(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"ackn`);
  t.match(log.history.faultOfRecovery(0), /lost/);
  t.equal(log.history.faultOfRecovery(1), undefined, "what was acknowledged");
  t.match(log.history.faultOfRecovery(2), /a batch was cut/);
  t.equal(log.history.faultOfRecovery(3), undefined, "what had no answer, whole");
  t.match(log.history.faultOfRecovery(4), /invented/);
});
