/**
 * kill -9 of the server under load and while it opens, a few times in one store: nothing acknowledged is lost, nothing is invented, and after
 * a clean end the zones hold equal segment files. `npm run crash` does the same thousands of times.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { CrashRun } from "./crash-run.js";
import { ExpectedState, itemOf } from "./expected-state.js";

function temporary(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "varve-kill-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

t.test("kill -9 under load loses nothing acknowledged and invents nothing", async (t) => {
  const run = new CrashRun(temporary(t), 1, { zones: 3, durability: "quorum" });
  const { faults, ...totals } = await run.run(({ kills, writes }) => kills >= 5 && writes > 100);
  t.same(faults, [], JSON.stringify(totals));
});

t.test("a server that answers before a write is durable is found out", async (t) => {
  const run = new CrashRun(temporary(t), 1, { zones: 1, durability: "none" });
  const { faults, kills } = await run.run((sofar) => sofar.kills >= 50);
  t.match(faults.join("\n"), /expected version/, `a loss is seen after ${kills} kills`);
});

/** A version of the key from `least` on that is an item, not a deletion. */
function versionOf(key: string, least: number): number {
  let version = least;
  while (itemOf(key, version) === undefined) version++;
  return version;
}

t.test("the expected state tells a lost, an invented and a revived write, and outlives its own process", async (t) => {
  const path = join(temporary(t), "expected");
  const key = "key";
  let expected = new ExpectedState(path);
  const send = (): number => {
    let version = expected.send(key);
    while (itemOf(key, version) === undefined) version = expected.send(key);
    return version;
  };
  const first = send();
  expected.acknowledge(key, first);
  const second = send();
  expected.close();
  expected = new ExpectedState(path);
  t.same(expected.of(key), { acknowledged: first, sent: second, pending: second }, "read back from its file");
  const invented = versionOf(key, second + 1);
  t.match(expected.settle(key, itemOf(key, invented)), /found version/, "an invented version");
  t.equal(expected.settle(key, itemOf(key, first)), undefined, "the write without an answer was not done");
  t.match(expected.settle(key, itemOf(key, second)), /found version/, "it must not come back");
  t.match(expected.settle(key, undefined), /found no item/, "a lost write");
  const changed = itemOf(key, first);
  if (changed !== undefined) changed.filler.S += "x";
  t.match(expected.settle(key, changed), /found version/, "other contents");
  expected.close();
});
