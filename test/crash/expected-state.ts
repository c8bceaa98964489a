/**
 * The expected state of a table that is being killed: for each key, which versions were sent and which one was acknowledged last.
 *
 * A file, one line an event, written before a request goes out and after its answer came, by the process that lives: the
 * victim's end says nothing about it. Versions of a key rise by one with each request and are never used again, so that a write that was
 * lost and comes back later is told from a new one. What version v of a key means is a function of both (`itemOf`), so nothing
 * else needs to be kept. A key has one writer at a time, hence at most one request whose outcome is unknown.
 */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";

export interface WireItem {
  pk: { S: string };
  version: { N: string };
  filler: { S: string };
}

export interface KeyState {
  /** 0: never written. */
  acknowledged: number;
  /** The highest version sent. */
  sent: number;
  /** Sent, and no answer came. */
  pending?: number;
}

function digest(key: string, version: number): Buffer {
  return createHash("md5").update(`${key}/${version}`).digest();
}

/** The item that version `version` of a key is; undefined when that version deletes it. */
export function itemOf(key: string, version: number): WireItem | undefined {
  const bytes = digest(key, version);
  if (version === 0 || bytes.readUInt8(0) % 7 === 0) return undefined;
  const filler = bytes.toString("hex").repeat(bytes.readUInt8(1) % 40);
  return { pk: { S: key }, version: { N: String(version) }, filler: { S: filler } };
}

export class ExpectedState {
  private readonly keys = new Map<string, KeyState>();
  private descriptor: number;

  constructor(private readonly path: string) {
    if (existsSync(path)) this.load();
    this.descriptor = this.rewrite();
  }

  of(key: string): KeyState {
    let state = this.keys.get(key);
    if (state === undefined) this.keys.set(key, (state = { acknowledged: 0, sent: 0 }));
    return state;
  }

  names(): string[] {
    return [...this.keys.keys()];
  }

  /** Before the request: its version. */
  send(key: string): number {
    const state = this.of(key);
    const version = state.sent + 1;
    this.note(`s ${key} ${version}`);
    return version;
  }

  acknowledge(key: string, version: number): void {
    this.note(`a ${key} ${version}`);
  }

  /** The service said that it did not do it. */
  refuse(key: string): void {
    this.note(`r ${key} 0`);
  }

  /**
   * What is wrong with finding `found` under the key when nothing is under way; undefined when nothing is. It settles what the pending
   * request did: what was found is what must be found from now on.
   */
  settle(key: string, found: WireItem | undefined): string | undefined {
    const { acknowledged, pending } = this.of(key);
    const possible = pending === undefined ? [acknowledged] : [acknowledged, pending];
    const version = possible.find((each) => isVersion(key, each, found));
    if (version === undefined) return `${key}: expected version ${possible.join(" or ")}, found ${describe(found)}`;
    if (pending !== undefined) this.note(`a ${key} ${version}`);
    return undefined;
  }

  /** Starts the file anew with what is known, so that it stays short. */
  compact(): void {
    closeSync(this.descriptor);
    this.descriptor = this.rewrite();
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private rewrite(): number {
    const lines = [...this.keys].map(
      ([key, { acknowledged, sent, pending }]) => `k ${key} ${acknowledged} ${sent} ${pending ?? 0}\n`,
    );
    writeFileSync(`${this.path}.new`, lines.join(""));
    renameSync(`${this.path}.new`, this.path);
    return openSync(this.path, "a");
  }

  private load(): void {
    for (const line of readFileSync(this.path, "utf8").split("\n")) if (line !== "") this.apply(line);
  }

  private note(line: string): void {
    writeSync(this.descriptor, `${line}\n`);
    this.apply(line);
  }

  private apply(line: string): void {
    const [kind, key = "", ...numbers] = line.split(" ");
    const [first = 0, second = 0, third = 0] = numbers.map(Number);
    const state = this.of(key);
    if (kind === "s") {
      state.sent = first;
      state.pending = first;
    } else if (kind === "k") {
      this.keys.set(key, { acknowledged: first, sent: second, ...(third === 0 ? {} : { pending: third }) });
    } else {
      if (kind === "a") state.acknowledged = first;
      delete state.pending;
    }
  }
}

/** Whether what was found is exactly that version. */
export function isVersion(key: string, version: number, found: WireItem | undefined): boolean {
  const item = itemOf(key, version);
  if (item === undefined || found === undefined) return item === found;
  return found.pk.S === key && found.version.N === item.version.N && found.filler.S === item.filler.S;
}

export function describe(found: WireItem | undefined): string {
  return found === undefined ? "no item" : `version ${found.version.N} with ${found.filler.S.length} bytes`;
}
