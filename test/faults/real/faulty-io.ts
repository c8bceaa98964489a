/**
 * The real `Io` under the rules of zones: every call on a file or directory of a zone first suffers what the zone's rule says, on the main thread
 * and in the jobs of worker threads alike. Without a rule nothing is changed.
 */
import type { DurableWrite, File, Files, Io, Threads } from "../../../src/io/io.js";
import { ZoneRules, type RuleTable } from "./zone-rules.js";

const jobModule = new URL("./faulty-job.js", import.meta.url).href;

export function faultyIo(real: Io, table: RuleTable, isWorker = false): Io {
  const rules = new ZoneRules(table, isWorker);
  return { ...real, files: faultyFiles(real.files, rules), threads: faultyThreads(real.threads, table) };
}

/** What a worker needs to run a job under the same rules. */
export interface FaultyJob {
  moduleUrl: string;
  exportName: string;
  spec: unknown;
  table: RuleTable;
}

function faultyThreads(real: Threads, table: RuleTable): Threads {
  return {
    count: real.count,
    run: (moduleUrl, exportName, spec) => {
      const job: FaultyJob = { moduleUrl, exportName, spec, table };
      return real.run(jobModule, "runFaultyJob", job);
    },
    close: () => real.close(),
  };
}

class FaultyFile implements File {
  constructor(
    readonly real: File,
    private readonly rules: ZoneRules,
  ) {}

  get path(): string {
    return this.real.path;
  }

  get direct(): boolean {
    return this.real.direct;
  }

  async read(position: number, into: Uint8Array): Promise<number> {
    await this.rules.obey("read", this.path);
    return this.real.read(position, into);
  }

  readSync(position: number, into: Uint8Array): number {
    this.rules.obeySync("readSync", this.path);
    return this.real.readSync(position, into);
  }

  async write(position: number, from: Uint8Array): Promise<void> {
    await this.rules.obey("write", this.path);
    return this.real.write(position, from);
  }

  writeSync(position: number, from: Uint8Array): void {
    this.rules.obeySync("write", this.path);
    this.real.writeSync(position, from);
  }

  async sync(): Promise<void> {
    await this.rules.obey("sync", this.path);
    return this.real.sync();
  }

  async preallocate(bytes: number): Promise<void> {
    await this.rules.obey("preallocate", this.path);
    return this.real.preallocate(bytes);
  }

  async truncate(bytes: number): Promise<void> {
    await this.rules.obey("truncate", this.path);
    return this.real.truncate(bytes);
  }

  async sizeBytes(): Promise<number> {
    await this.rules.obey("sizeBytes", this.path);
    return this.real.sizeBytes();
  }

  close(): Promise<void> {
    return this.real.close();
  }
}

function faultyFiles(real: Files, rules: ZoneRules): Files {
  const first =
    <Result>(call: string, run: (path: string) => Promise<Result>): ((path: string) => Promise<Result>) =>
    async (path) => {
      await rules.obey(call, path);
      return run(path);
    };
  return {
    allocate: (bytes) => real.allocate(bytes),
    open: async (path, options) => {
      await rules.obey(options.access === "read" ? "open to read" : "open", path);
      return new FaultyFile(await real.open(path, options), rules);
    },
    readSync: (path, direct, position, into) => real.readSync(path, direct, position, into),
    openLimit: () => real.openLimit(),
    writeAndSync: (writes) => writeAndSync(real, rules, writes),
    list: first("list", (path) => real.list(path)),
    stat: first("stat", (path) => real.stat(path)),
    makeDirectory: first("makeDirectory", (path) => real.makeDirectory(path)),
    remove: first("remove", (path) => real.remove(path)),
    rename: async (from, to) => {
      await rules.obey("rename", to);
      return real.rename(from, to);
    },
    link: async (from, to) => {
      await rules.obey("link", to);
      return real.link(from, to);
    },
    syncDirectory: first("syncDirectory", (path) => real.syncDirectory(path)),
    freeBytes: first("freeBytes", (path) => real.freeBytes(path)),
    lock: first("lock", (path) => real.lock(path)),
  };
}

/** The real group when no zone suffers; else each on its own, as devices of their own would. */
function writeAndSync(real: Files, rules: ZoneRules, writes: readonly DurableWrite[]): Promise<void>[] {
  const bare = writes.map((write) => ({ ...write, file: bareFile(write.file) }));
  const isQuiet = rules.table.cells.every((cell, i) => i % 4 !== 0 || cell === 0);
  if (isQuiet) return real.writeAndSync(bare);
  return bare.map(async (write) => {
    await rules.obey("write", write.file.path);
    await Promise.all(real.writeAndSync([write]));
  });
}

function bareFile(file: File): File {
  return file instanceof FaultyFile ? file.real : file;
}
