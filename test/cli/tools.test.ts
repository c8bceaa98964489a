/** The commands for bad days as processes of their own, on a real store: output, --json and exit codes. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { Store } from "../../src/engine/store.js";
import { mainScript } from "../support/server-process.js";
import { segmentFiles, zoneNames } from "../support/zone-files.js";
import { plainEnvironment } from "../support/plain-environment.js";

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function varve(...args: string[]): Promise<Outcome> {
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, [mainScript, ...args], { env: plainEnvironment })),
    };
  } catch (error) {
    return error as Outcome;
  }
}

/** The directory of a closed store with two trees, one SSTable or more in each. */
async function madeStore(t: Test): Promise<string> {
  const parent = mkdtempSync(join(tmpdir(), "varve-tools-"));
  t.teardown(() => rmSync(parent, { recursive: true, force: true }));
  const directory = join(parent, "store");
  const store = await Store.open(directory, { logFileBytes: 1 << 20 });
  for (const name of ["left", "right"]) {
    const tree = await store.tree(name);
    await Promise.all(Array.from({ length: 2000 }, (_, i) => tree.put(`key ${i}`, `${name} ${i} `.repeat(4))));
  }
  await store.flush();
  await store.close();
  return directory;
}

function flip(zone: string, pattern: RegExp, offset: number): void {
  for (const name of readdirSync(zone).filter((other) => pattern.test(other))) {
    const bytes = readFileSync(join(zone, name));
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    writeFileSync(join(zone, name), bytes);
  }
}

t.test("verify, scrub and verify again: damaged in one zone, healed, clean", async (t) => {
  const directory = await madeStore(t);
  t.match(await varve("verify", directory), { code: 0, stdout: /no damage/, stderr: "" });
  flip(join(directory, "zone-b"), /\.sst$/, 100);
  const found = await varve("verify", directory);
  t.match(found, { code: 1, stdout: /healable: .*zone-b.*\.sst at 0: tree left/ });
  const json = await varve("verify", directory, "--json");
  t.match(JSON.parse(json.stdout), { verdict: "healable", zones: 3 });
  const scrubbed = await varve("scrub", directory);
  t.match(scrubbed, { code: 1, stdout: /bad ranges: 2, healed: 2/ }, scrubbed.stderr);
  t.match(await varve("scrub", directory, "--json"), { code: 0 });
  t.match(await varve("verify", directory), { code: 0 });
  for (const zone of zoneNames) flip(join(directory, zone), /\.sst$/, 100);
  t.match(await varve("verify", directory), { code: 2, stdout: /lost: / });
  t.match(await varve("scrub", directory), { code: 2, stdout: /lost: keys "key/ });
});

t.test("status: of a closed store, of an open one, of none", async (t) => {
  const directory = await madeStore(t);
  const closed = await varve("status", "--data", directory);
  t.match(closed, { code: 0, stdout: /tree left[\s\S]*level 0: 1 SSTables/ }, closed.stderr);
  const store = await Store.open(directory);
  const zones = zoneNames.map((zone) => join(directory, zone)).join(",");
  t.match(await varve("status", "--zones", zones), { code: 0, stdout: /a running process has it open/ });
  t.match(await varve("verify", directory), { code: 2, stderr: /STORE_LOCKED/ });
  await store.close();
  rmSync(join(directory, "zone-c"), { recursive: true });
  const lost = await varve("status", "--data", directory, "--json");
  t.match(JSON.parse(lost.stdout), { zones: [{ state: "healthy" }, { state: "healthy" }, { state: "failed" }] });
  t.equal(lost.code, 1);
  t.match(await varve("status", "--data", join(directory, "nothing")), { code: 2, stderr: /STORE_NOT_FOUND/ });
});

t.test("checkpoint: the copy is whole, and survives the loss of the store", async (t) => {
  const directory = await madeStore(t);
  const to = `${directory}-copy`;
  t.match(await varve("checkpoint", directory, to), { code: 0, stdout: /6 files linked/ });
  t.match(await varve("checkpoint", directory, to), { code: 2, stderr: /in use/ });
  const names = Object.keys(segmentFiles(join(to, "zone-a"))).filter((name) => name.endsWith(".sst"));
  t.equal(names.length, 2);
  rmSync(directory, { recursive: true });
  t.match(await varve("verify", to), { code: 0 });
  const copy = await Store.open(to);
  t.equal(Buffer.from((await (await copy.tree("right")).get("key 1999"))!).toString(), "right 1999 ".repeat(4));
  await copy.close();
});

t.test("repair: refused while a manifest can be read; rebuilds it when none can", async (t) => {
  const directory = await madeStore(t);
  t.match(await varve("repair", directory), { code: 2, stderr: /--force/ });
  for (const zone of zoneNames) flip(join(directory, zone), /^manifest/, 50);
  t.match(await varve("verify", directory), { code: 2, stdout: /varve repair/ });
  t.match(await varve("repair", directory), { code: 0, stdout: /tree left: 1 SSTables, 2000 entries[\s\S]*not saved/ });
  const store = await Store.open(directory);
  t.equal(Buffer.from((await (await store.tree("left")).get("key 7"))!).toString(), "left 7 ".repeat(4));
  await store.close();
  t.match(await varve("scrub", directory), { code: 0 });
});
