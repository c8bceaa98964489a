/** What is shown of measured figures: medians, ratios, shares of the device, targets met and missed, a picture. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { median } from "../../bench/statistics.js";
import {
  latencyOf,
  measure,
  outcomesOf,
  shareOfDevice,
  timesFaster,
  type Report,
  type Row,
} from "../../bench/measure.js";
import { reportLines } from "../../bench/report/console.js";
import { markdownTables } from "../../bench/report/markdown.js";
import { picture } from "../../bench/report/picture.js";
import type { TrialResult } from "../../bench/workloads/workload.js";

function row(driver: string, values: number[], more: Partial<TrialResult> = {}): Row {
  const results = values.map((value) => ({ value, operations: 1, seconds: 1, residentMegabytes: 1, ...more }));
  return { driver, version: "1", durability: "none", results };
}

function report(workload: string, rows: Row[], more: Partial<Report> = {}): Report {
  const outcomes = outcomesOf(workload, rows);
  return { workload, title: "a title", unit: "/s", entries: 1000, rows, skipped: [], failed: [], outcomes, ...more };
}

t.test("ratios and shares are of medians", async (t) => {
  const rows = [row("varve", [100, 300, 200]), row("classic-level", [50, 40, 60]), row("fio", [400, 400, 400])];
  const made = report("fillsync1", rows);
  const [ours, peer, device] = rows as [Row, Row, Row];
  t.equal(timesFaster(peer, made), 4);
  t.equal(timesFaster(ours, made), undefined);
  t.equal(shareOfDevice(ours, made), 0.5);
  t.equal(shareOfDevice(device, made), undefined);
  t.equal(timesFaster(peer, report("open-after-crash", rows, { unit: "ms" })), 1 / 4, "less is better in ms");
});

t.test("a target is met, missed, or not measured", async (t) => {
  const rows = [row("varve", [600]), row("classic-level", [100]), row("lmdb", [150])];
  const [besideLevel, besideLmdb, besideRocks] = outcomesOf("fillrandom", rows);
  t.match(besideLevel, { got: 6, met: true });
  t.match(besideLmdb, { got: 4, met: false });
  t.match(besideRocks, { got: NaN, met: false });
  const lines = reportLines(report("fillrandom", rows)).join("\n");
  t.match(lines, /target 6 x classic-level: 6 x, met/);
  t.match(lines, /target 5 x lmdb: 4 x, missed/);
  t.match(lines, /target 1 x db_bench: not measured/);
  const [p99] = outcomesOf("http-latency", [row("varve", [1], { figures: { "p99, ms": 4, "p99.9, ms": 11 } })]);
  t.match(p99, { got: 4, met: true });
});

t.test("the longest of all trials, the medians of the percentiles", async (t) => {
  const latency = (p50Us: number, mostUs: number): Partial<TrialResult> => ({
    latency: { p50Us, p99Us: 1, p999Us: 1, mostUs },
  });
  const rows = [
    row("varve", [1], latency(3, 10)),
    row("varve", [1], latency(5, 90)),
    row("varve", [1], latency(4, 20)),
  ];
  const all = { ...(rows[0] as Row), results: rows.flatMap(({ results }) => results) };
  t.match(latencyOf(all), { p50Us: median([3, 5, 4]), mostUs: 90 });
});

t.test("missing drivers are named with what installs them", async (t) => {
  const skipped = [{ driver: "rocksdb", install: "npm run bench:peers" }];
  t.match(reportLines(report("fillseq", [row("varve", [1])], { skipped })).join("\n"), /rocksdb .*npm run bench:peers/);
});

t.test("a driver whose trial fails is named with its error, and the others go on", async (t) => {
  const directory = join(tmpdir(), `varve-bench-missing-${process.pid}`);
  const settings = { trials: 1, entries: 10, quick: true, directory, drivers: ["varve"] };
  const failing = await measure("fillseq", settings, () => undefined);
  t.match(failing, { rows: [], failed: [{ driver: "varve", error: /ENOENT/ }] });
  t.match(reportLines(failing).join("\n"), /varve failed: .*ENOENT/);
});

t.test("the tables have a line a peer with its aim, and a line a row with its figures", async (t) => {
  const text = markdownTables([
    report("fillrandom", [row("varve", [600]), row("classic-level", [100])]),
    report("readmissing", [row("varve", [3e6])]),
  ]);
  const first =
    "| fillrandom: a title; 1,000 | 600/s, none | classic-level 1, none: 100/s | 6.00 x | 6 x classic-level: met |";
  t.ok(text.includes(first), text);
  t.ok(
    text.includes("| readmissing: a title; 1,000 | 3,000,000/s, none |  |  | at least 2,000,000/s: 3,000,000, met |"),
  );
  t.match(text, /\| fillrandom \| classic-level \| 100\/s \| 100 to 100 \|.*\| 6\.00 x \|/);
});

t.test("curves become a picture; without curves there is none", async (t) => {
  const curves: Record<string, [number, number][]> = { "a & b": [1, 10, 100].map((x) => [x, 5 * x]) };
  const drawn = picture(report("growth", [row("varve", [1], { curves })], { axes: { x: "entries", y: "reads" } }));
  t.match(drawn, /^<svg [^]*a &amp; b[^]*<\/svg>\n$/);
  t.notMatch(drawn, /NaN|undefined/);
  t.equal(drawn?.match(/<circle/g)?.length, 3);
  t.equal(picture(report("growth", [row("varve", [1])])), undefined);
});
