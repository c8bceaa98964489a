/** Comparing with a revision: the worktree is made, measured and removed. */
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import t from "tap";
import { compareRevisions, unchanged } from "../../bench/compare.js";
import { root } from "../../bench/drivers/packages.js";

async function whyNot(): Promise<string | false> {
  try {
    // Else the revision would be built, which takes a minute.
    return (await unchanged("HEAD", ["src", "native"])) ? false : "src/ or native/ is not as it was committed";
  } catch {
    return "this is no git checkout";
  }
}

// Skipped outside a git checkout, and where the sources are being changed.
t.test("a revision against itself", { skip: await whyNot() }, async (t) => {
  const worktrees = (): string => execFileSync("git", ["worktree", "list"], { cwd: root, encoding: "utf8" });
  const before = worktrees();
  const settings = { revision: "HEAD", trials: 1, entries: 500, quick: true, directory: tmpdir() };
  const lines: string[] = [];
  for await (const line of compareRevisions(["fillseq"], { ...settings, onTrial: () => undefined })) lines.push(line);
  t.equal(lines.length, 1);
  t.match(lines[0], /^fillseq +no difference +\S+ → \S+ \(x [\d.]+\), p = /);
  t.equal(worktrees(), before, "its worktree is gone");
});

t.test("a revision that does not exist", { skip: await whyNot() }, async (t) => {
  const settings = { revision: "no-such-revision", trials: 1, quick: true, directory: tmpdir() };
  const first = compareRevisions(["fillseq"], { ...settings, onTrial: () => undefined }).next();
  await t.rejects(first, /no-such-revision/);
});
