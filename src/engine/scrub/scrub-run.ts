/**
 * One scrub: what each zone says of itself, the manifest, the log's files, then every SSTable of the current version, its copy in every healthy zone, one job at a time.
 *
 * What a job reports as bad is looked at again by the file's own reader (`SSTableSet.recheck`), which heals it from another zone; then the
 * copy is read once more, so that what counts as healed was seen to be good. A range of which no zone has a good copy is lost, which
 * is told and concerns nothing else. Copies that are missing are left to the healer when the others were read and healed, because it copies
 * without checks. Files that are made or dropped meanwhile are passed over; the version of the file under way is pinned. Where the log has a
 * gap in every zone the memtables are flushed, as long as they are there.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { PacedJob, type SharedPace } from "../job-pace.js";
import type { Manifest } from "../manifest/manifest.js";
import { scrubManifest } from "../manifest/manifest-scrub.js";
import type { VersionSet } from "../manifest/version-set.js";
import { placedFiles, type SSTableMetadata } from "../manifest/version.js";
import { keyText } from "../sstable/file-description.js";
import type { SSTableSet } from "../sstable/sstable-set.js";
import { sstableName } from "../zones/file-names.js";
import { scrubLog } from "../wal/log-scrub.js";
import type { LogWriter } from "../wal/log-writer.js";
import type { Zone } from "../zones/zone.js";
import type { BadRange, ScrubbedCopy, ScrubSpec } from "./scrub-job.js";

/** A range of an SSTable of which no zone that could be read has a good copy. */
export interface LostRange {
  tree: string;
  fileNumber: number;
  offset: number;
  lengthBytes: number;
  /** Which keys are concerned, for people. */
  keys: string;
  message: string;
}

export interface ScrubReport {
  /** Zones whose zone.json was missing or damaged; and for how many of them it was written again. */
  identitiesDamaged: number;
  identitiesHealed: number;
  /** Zones whose copy of the manifest was missing, cut or damaged; and how many of them have a new one since. */
  manifestsDamaged: number;
  manifestsHealed: number;
  /** Files of the log that take no more frames; and what of them was rewritten from another zone. */
  logFiles: number;
  logFramesHealed: number;
  /** Places in the log of which no zone had a good copy: the memtables were flushed for them. */
  logGaps: number;
  /** SSTables. */
  files: number;
  /** How many copies of those files were read. */
  copies: number;
  ranges: number;
  bytesRead: number;
  /** Ranges of copies that could not be read or failed their check. */
  badRanges: number;
  /** Those of them that were rewritten from another zone and are good now. */
  healedRanges: number;
  /** Copies that were missing, cut or could not be opened; the healer makes them anew. */
  missingCopies: number;
  lost: LostRange[];
  durationMs: number;
}

export interface ScrubParts {
  context: StoreContext;
  versions: VersionSet;
  sstables: SSTableSet;
  /** Missing in a bench of parts. */
  manifest?: Manifest | undefined;
  /** Missing when the store is read-only. */
  writing?: ScrubbedWriting | undefined;
}

/** The parts of a store that write. */
export interface ScrubbedWriting {
  readonly log: LogWriter;
  /** Makes SSTables of all memtables. */
  flushAll(): Promise<void>;
}

const jobModule = new URL("./scrub-job.js", import.meta.url).href;

export class ScrubRun {
  readonly report: ScrubReport;
  private readonly paced: PacedJob;
  private readonly startedMs: number;

  constructor(
    private readonly parts: ScrubParts,
    private readonly pace: SharedPace,
  ) {
    const { io } = parts.context;
    this.startedMs = io.clock.monotonicMs();
    this.paced = new PacedJob(io, pace.shared);
    const logCounts = { logFiles: 0, logFramesHealed: 0, logGaps: 0 };
    const counts = {
      ...{ identitiesDamaged: 0, identitiesHealed: 0, manifestsDamaged: 0, manifestsHealed: 0 },
      ...logCounts,
      files: 0,
      copies: 0,
      ranges: 0,
      bytesRead: 0,
      badRanges: 0,
      healedRanges: 0,
      missingCopies: 0,
    };
    this.report = { ...counts, lost: [], durationMs: 0 };
  }

  /** Errors: ABORTED when the pace was cancelled; those of the jobs. */
  async run(): Promise<ScrubReport> {
    const { versions, context, manifest, writing } = this.parts;
    await this.scrubIdentities();
    if (manifest !== undefined) await this.scrubManifest(manifest);
    if (writing !== undefined) await this.scrubLog(writing);
    const walked = new Set<number>();
    const { current } = versions;
    for (const { treeId, file } of placedFiles(current)) {
      // A file may belong to several trees.
      if (walked.has(file.number)) continue;
      walked.add(file.number);
      await this.scrubFile(file, current.trees.get(treeId)?.name ?? String(treeId));
    }
    this.report.durationMs = context.io.clock.monotonicMs() - this.startedMs;
    return this.report;
  }

  private async scrubIdentities(): Promise<void> {
    const { zones } = this.parts.context;
    for (const zone of zones.healthyZones()) {
      await this.paced.spend(0);
      const found = await zones.scrubIdentity(zone);
      if (found !== "good") this.report.identitiesDamaged++;
      if (found === "healed") this.report.identitiesHealed++;
    }
  }

  private async scrubManifest(manifest: Manifest): Promise<void> {
    const { context } = this.parts;
    const found = await scrubManifest(context, manifest, () => this.paced.spend(0));
    await this.paced.spend(found.bytesRead);
    context.events.counters.scrubBytesRead += found.bytesRead;
    this.report.bytesRead += found.bytesRead;
    this.report.manifestsDamaged = found.damaged;
    this.report.manifestsHealed = found.healed;
  }

  private async scrubLog(writing: ScrubbedWriting): Promise<void> {
    const { context } = this.parts;
    const found = await scrubLog(context, writing.log, (bytes) => this.paced.spend(bytes));
    context.events.counters.scrubBytesRead += found.bytesRead;
    this.report.bytesRead += found.bytesRead;
    this.report.logFiles = found.files;
    this.report.logFramesHealed = found.framesHealed;
    this.report.logGaps = found.gaps;
    if (found.gaps > 0) await writing.flushAll();
  }

  private async scrubFile(file: SSTableMetadata, tree: string): Promise<void> {
    const { versions, context } = this.parts;
    if (!versions.isCurrent(file.number)) return;
    const pin = versions.pin();
    const missing: Zone[] = [];
    try {
      this.report.files++;
      const zones = context.zones.healthyZones();
      for (const zone of zones) {
        if (!(await this.scrubCopy(file, tree, zone))) missing.push(zone);
      }
      if (missing.length === zones.length) this.addLost(wholeOf(file), file, tree, noCopy(file, missing));
    } finally {
      pin.release();
      for (const zone of missing) context.zones.reportDamage(zone, sstableName(file.number));
    }
  }

  /** False when there is no copy. */
  private async scrubCopy(file: SSTableMetadata, tree: string, zone: Zone): Promise<boolean> {
    const { report } = this;
    const seen = new Set<number>();
    for (let isFirst = true; ; isFirst = false) {
      const copy = await this.look(file, tree, zone);
      if (copy === undefined) return true;
      if (isFirst) this.count(copy);
      if (copy.state === "missing") return false;
      const news = copy.bad.filter(({ offset }) => !seen.has(offset));
      for (const bad of news) {
        seen.add(bad.offset);
        await this.recheck(bad, file, tree);
      }
      report.badRanges += news.length;
      const isOver = news.length === 0 || this.parts.context.options.readOnly || zone.state !== "healthy";
      if (!isOver) continue;
      // The last look found nothing new: what it does not name any more is good.
      if (news.length === 0) report.healedRanges += seen.size - copy.bad.length;
      return true;
    }
  }

  private count({ state, ranges }: ScrubbedCopy): void {
    if (state === "missing") this.report.missingCopies++;
    else this.report.copies++;
    this.report.ranges += ranges;
  }

  /** Undefined when the copy could not be looked at: its zone failed, or the index of the file has a broken grammar. */
  private async look(file: SSTableMetadata, tree: string, zone: Zone): Promise<ScrubbedCopy | undefined> {
    const { io, zones, events } = this.parts.context;
    try {
      const copy = (await io.threads.run(jobModule, "runScrub", this.specOf(file, zone))) as ScrubbedCopy;
      this.report.bytesRead += copy.bytesRead;
      events.counters.scrubBytesRead += copy.bytesRead;
      // The job held itself to the pace; many small files together are held to it here.
      await this.paced.spend(copy.bytesRead);
      return copy;
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      if (error.errno === "ETIMEDOUT") zones.fail(zone, `scrubbing ${sstableName(file.number)}`, error);
      else if (error.code === "CORRUPTION") this.addLost(wholeOf(file), file, tree, error);
      else throw error;
      return undefined;
    }
  }

  private specOf(file: SSTableMetadata, zone: Zone): ScrubSpec {
    const { options, storeId } = this.parts.context;
    const { number: fileNumber, sizeBytes, footerChecksum } = file;
    return {
      place: { storeId, fileNumber, sizeBytes, footerChecksum },
      zone: zone.index,
      path: zone.pathOf(sstableName(fileNumber)),
      direct: options.directIo,
      hangMs: options.zoneHangMs,
      pace: this.pace.shared,
    };
  }

  private async recheck(bad: BadRange, file: SSTableMetadata, tree: string): Promise<void> {
    await this.paced.spend(0);
    try {
      await this.parts.sstables.recheck([bad]);
    } catch (error) {
      if (!(error instanceof VarveError) || error.code === "STORE_CLOSED") throw error;
      this.addLost(bad, file, tree, error);
    }
  }

  private addLost(
    { offset, length, keys }: Pick<BadRange, "offset" | "length" | "keys">,
    file: SSTableMetadata,
    tree: string,
    error: VarveError,
  ): void {
    const { lost } = this.report;
    if (lost.some((other) => other.fileNumber === file.number && other.offset === offset)) return;
    const { above = file.smallestKey, upTo } = keys ?? { upTo: file.largestKey };
    const text = `${keyText(above)} to ${keyText(upTo)}`;
    const { message } = error;
    lost.push({ tree, fileNumber: file.number, offset, lengthBytes: length, keys: text, message });
  }
}

function wholeOf(file: SSTableMetadata): { offset: number; length: number } {
  return { offset: 0, length: file.sizeBytes };
}

function noCopy(file: SSTableMetadata, zones: readonly Zone[]): VarveError {
  const path = sstableName(file.number);
  const message = `no whole copy of ${path} is in ${zones.map((zone) => zone.path).join(", ") || "any zone"}`;
  return new VarveError("CORRUPTION", message, { path });
}
