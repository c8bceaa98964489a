/** Whether results are looked for or slept for follows what was quicker of late, and costs little to find out. */
import t from "tap";
import { Eagerness } from "../../../src/io/real/eagerness.js";

type Duration = number | (() => number);

const msOf = (duration: Duration): number => (typeof duration === "number" ? duration : duration());

/** The share of eager groups among `groups`, when they take so long. */
function share(eagerness: Eagerness, groups: number, eagerMs: Duration, patientMs: Duration): number {
  let eager = 0;
  for (let i = 0; i < groups; i++) {
    const isEager = eagerness.next(0);
    if (isEager) eager++;
    eagerness.note(isEager, msOf(isEager ? eagerMs : patientMs));
  }
  return eager / groups;
}

t.test("a machine on which looking is quicker: nearly all groups are looked for", async (t) => {
  const eagerness = new Eagerness();
  share(eagerness, 128, 0.2, 0.3);
  t.ok(share(eagerness, 1000, 0.2, 0.3) > 0.8);
});

t.test("a machine on which looking is slower, or no quicker: a few trials of it are all", async (t) => {
  for (const eagerMs of [0.9, 0.31, 0.3, 0.29]) {
    const eagerness = new Eagerness();
    share(eagerness, 128, eagerMs, 0.3);
    const eager = share(eagerness, 1000, eagerMs, 0.3);
    t.ok(eager > 0 && eager < 0.2, `${eagerMs} ms: ${eager}`);
  }
});

t.test("when others come to need the processor, looking ends; when they have gone it begins again", async (t) => {
  const eagerness = new Eagerness();
  t.ok(share(eagerness, 1000, 0.2, 0.3) > 0.7);
  share(eagerness, 300, 0.9, 0.3);
  t.ok(share(eagerness, 1000, 0.9, 0.3) < 0.2);
  share(eagerness, 300, 0.2, 0.3);
  t.ok(share(eagerness, 1000, 0.2, 0.3) > 0.8);
});

t.test("a group that took very long, whatever the reason, decides nothing by itself", async (t) => {
  const eagerness = new Eagerness();
  share(eagerness, 200, 0.2, 0.3);
  let i = 0;
  const now = (usual: number) => (): number => (i++ % 50 === 49 ? 100 : usual);
  t.ok(share(eagerness, 2000, now(0.2), now(0.3)) > 0.7);
});

function insist(eagerness: Eagerness, nowMs: number): void {
  for (let i = 0; i < 20; i++) eagerness.giveWay(nowMs);
}

t.test("that another thread was in need of the processor now and then does not end the looking", async (t) => {
  const eagerness = new Eagerness();
  let eager = 0;
  for (let i = 0; i < 1000; i++) {
    const isEager = eagerness.next(i);
    if (isEager) eager++;
    if (i % 40 === 0) eagerness.giveWay(i);
    eagerness.note(isEager, isEager ? 0.2 : 0.3);
  }
  t.ok(eager > 700, String(eager));
});

t.test(
  "looking rests when others wait for the processor, longer each time, and as at first after a good while",
  async (t) => {
    const eagerness = new Eagerness();
    const nextTry = (fromMs: number): number => {
      for (let nowMs = fromMs; ; nowMs++) {
        const isEager = eagerness.next(nowMs);
        eagerness.note(isEager, isEager ? 0.2 : 0.3);
        if (isEager) return nowMs;
      }
    };
    const rests: number[] = [];
    let nowMs = nextTry(0);
    for (let i = 0; i < 12; i++) {
      insist(eagerness, nowMs);
      const again = nextTry(nowMs);
      rests.push(again - nowMs);
      nowMs = again;
    }
    t.ok(
      rests.every((rest, i) => i === 0 || rest >= (rests[i - 1] as number)),
      rests.join(" "),
    );
    t.ok((rests[0] as number) < 200 && (rests.at(-1) as number) >= 2000, rests.join(" "));
    nowMs += 60_000;
    insist(eagerness, nowMs);
    t.ok(nextTry(nowMs) - nowMs < 200);
  },
);
