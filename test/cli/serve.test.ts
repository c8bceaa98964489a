import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync, spawnSync } from "node:child_process";
import t, { type Test } from "tap";
import { mainScript, ServerProcess } from "../support/server-process.js";

function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "varve-serve-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

t.test("serve tells where it listens, answers health, stops on SIGTERM and SIGINT", async (t) => {
  const directory = temporaryDirectory(t);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const server = await ServerProcess.start("--data", directory);
    const response = await fetch(server.url);
    t.equal(response.status, 200);
    t.match(await response.text(), /^healthy/);
    t.equal(await server.stop(signal), 0, `${signal} ends it cleanly`);
  }
  t.ok(
    existsSync(join(directory, "zone-a")) &&
      existsSync(join(directory, "zone-b")) &&
      existsSync(join(directory, "zone-c")),
  );
});

t.test("serve takes three paths for its zones", async (t) => {
  const directory = temporaryDirectory(t);
  const zones = ["x", "y", "z"].map((name) => join(directory, name));
  const server = await ServerProcess.start("--data", directory, "--zones", zones.join(","));
  t.ok(zones.every((zone) => existsSync(zone)));
  t.equal(await server.stop(), 0);
});

t.test("serve --memory leaves nothing behind", async (t) => {
  const server = await ServerProcess.start("--memory");
  t.equal((await fetch(server.url)).status, 200);
  t.equal(await server.stop(), 0);
});

t.test("a second server on one directory is refused, with what to do", async (t) => {
  const directory = temporaryDirectory(t);
  const server = await ServerProcess.start("--data", directory);
  const second = spawnSync(process.execPath, [mainScript, "serve", "--port", "0", "--data", directory], {
    encoding: "utf8",
  });
  t.equal(second.status, 2);
  t.match(second.stderr, /STORE_LOCKED/);
  t.equal(await server.stop(), 0);
});

t.test("help shows examples; wrong options are refused", async (t) => {
  t.match(execFileSync(process.execPath, [mainScript, "serve", "--help"], { encoding: "utf8" }), /Examples:/);
  for (const wrong of [["--port", "x"], ["--durability", "some"], ["--zones", "a,b"], ["--nothing"]]) {
    const result = spawnSync(process.execPath, [mainScript, "serve", ...wrong], { encoding: "utf8" });
    t.equal(result.status, 2, wrong.join(" "));
    t.match(result.stderr, /error:/, wrong.join(" "));
  }
});
