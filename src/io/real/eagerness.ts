/**
 * Whether to look for the results of durable writes again and again, or to sleep until they come.
 *
 * Waking a thread that sleeps takes a good part of what a flush of an SSD takes, on a virtual machine above all; a thread that keeps looking
 * needs no waking, but takes the processor from whoever could use it, and where others do, that makes the writes slower instead. Which it
 * is depends on the machine and its moment, so it is found out: most groups are awaited in the way that was quicker of late, a few in
 * the other. Looking must be quicker by a margin, as it costs more, and it rests for a while whenever another thread was seen to wait.
 */

/** A trial of the other way begins after so many groups, and lasts for so many. */
const groupsBetweenTrials = 56;
const groupsOfTrial = 8;
/** The first groups of a way show the change more than the way. */
const groupsOfChange = 2;
/** What a new duration weighs against those before it. */
const weight = 1 / 8;
/** So often between two trials, or in one, others may be in need of the processor before the looking rests. */
const tooOften = 8;
/** How long nobody looks after it was in the way of others, at first and at most. */
const firstRestMs = 50;
const longestRestMs = 2000;
/** How much longer sleeping must take for looking to be worth it. */
const margin = 1.1;

export class Eagerness {
  private readonly averageMs = { eager: NaN, patient: NaN };
  private isEager = false;
  private isTrial = false;
  private groupsLeft = groupsBetweenTrials;
  private groupsInWay = 0;
  /** Others needed the processor: no looking until then. */
  private patientUntilMs = 0;
  private patientForMs = firstRestMs;
  /** Since the way changed last. */
  private timesInTheWay = 0;

  /** Whether the next group is to be awaited eagerly. */
  next(nowMs: number): boolean {
    if (nowMs < this.patientUntilMs) return false;
    if (this.groupsLeft-- === 0) this.change();
    this.groupsInWay++;
    return this.isEager;
  }

  /** Takes in how long a group took. */
  note(wasEager: boolean, durationMs: number): void {
    if (wasEager !== this.isEager || this.groupsInWay <= groupsOfChange) return;
    const way = wasEager ? "eager" : "patient";
    const before = this.averageMs[way];
    // One that is far off, such as one behind a compaction, counts as twice what is usual.
    this.averageMs[way] = Number.isNaN(before)
      ? durationMs
      : before + weight * (Math.min(durationMs, 2 * before) - before);
  }

  /** Another waited for the processor that the looking takes. Now and then that is nothing; the more often, the longer it rests. */
  giveWay(nowMs: number): void {
    if (nowMs < this.patientUntilMs || ++this.timesInTheWay < tooOften) return;
    const sinceRestMs = nowMs - this.patientUntilMs;
    if (sinceRestMs > longestRestMs) this.patientForMs = firstRestMs;
    else this.patientForMs = Math.min(2 * this.patientForMs, longestRestMs);
    this.patientUntilMs = nowMs + this.patientForMs;
    this.isEager = false;
    this.isTrial = false;
    this.groupsInWay = 0;
    this.timesInTheWay = 0;
    this.groupsLeft = groupsBetweenTrials;
  }

  private change(): void {
    const wanted = this.averageMs.eager * margin < this.averageMs.patient;
    this.timesInTheWay = 0;
    this.isTrial = !this.isTrial;
    const eager = this.isTrial ? !this.isEager : wanted;
    if (eager !== this.isEager) this.groupsInWay = 0;
    this.isEager = eager;
    this.groupsLeft = this.isTrial ? groupsOfTrial : groupsBetweenTrials;
  }
}
