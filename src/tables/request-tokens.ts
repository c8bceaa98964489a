/**
 * Remembers the ClientRequestTokens of transactions for ten minutes, so that a request that is sent again is not carried out again.
 *
 * A token's record is written in the WriteBatch of its transaction: whatever crash, both are there or neither. Records live in trees of
 * their own, one for every ten minutes (a generation): a token is looked for in the two or three that can still hold a valid record, and old
 * records go with their whole tree, when a generation begins and at opening. So nothing is ever deleted one by one, and what is
 * kept is bounded by half an hour of tokens.
 *
 *   tree   = transaction-tokens/<when the generation began: milliseconds since the epoch, decimal>
 *   key    = the token, UTF-8
 *   value  = JSON { formatVersion, fingerprint: SHA-256 of the request in hex, atMs: when it was recorded }
 *
 * Time here is the wall clock at opening, and from then on the monotonic clock: a wall clock that jumps while the store is open neither
 * forgets a token early nor keeps it for ever. One that was set back before the opening is not followed: time goes on from the youngest
 * generation, and tokens are kept longer rather than forgotten early. One that was set forward looks like time that has passed.
 */
import { createHash } from "node:crypto";
import { VarveError } from "../errors.js";
import type { StoreContract, TreeContract, WriteBatchContract } from "../engine/contract.js";
import type { Io } from "../io/io.js";
import { requestTokenMs } from "./limits.js";
import { idempotentParameterMismatch, transactionInProgress } from "./transaction-errors.js";

export const requestTokenFormatVersion = 1;
const treePrefix = "transaction-tokens/";
const generationMs = requestTokenMs;
/** A generation's last records are valid until then, with a minute for a transaction that took long to be written. */
const generationLifeMs = generationMs + requestTokenMs + 60_000;

interface Generation {
  tree: TreeContract;
  startMs: number;
  /** Requests that look into it or are about to write to it. */
  users: number;
}

interface TokenRecord {
  formatVersion: number;
  fingerprint: string;
  atMs: number;
}

/** What a request with a token leads to. */
export interface TokenUse<Result> {
  token: string;
  /** The same for the same parameters, and else another (`fingerprintOf`). */
  fingerprint: string;
  /** The token is new: carries out the request, and adds the record to its batch. */
  first: (addRecord: (batch: WriteBatchContract) => void) => Promise<Result>;
  /** The request was carried out before. */
  again: () => Promise<Result>;
}

export class RequestTokens {
  /** Oldest first. */
  private generations: Generation[] = [];
  /** Tokens of requests under way, with their fingerprints. */
  private readonly underWay = new Map<string, string>();
  private readonly openedMs: number;
  private readonly openedMonotonicMs: number;
  private starting: Promise<Generation> | undefined;
  private dropping: Promise<void> = Promise.resolve();

  private constructor(
    private readonly store: StoreContract,
    private readonly io: Io,
    generations: Generation[],
  ) {
    this.generations = generations;
    this.openedMs = Math.max(io.clock.nowMs(), generations.at(-1)?.startMs ?? 0);
    this.openedMonotonicMs = io.clock.monotonicMs();
  }

  static async open(store: StoreContract, io: Io): Promise<RequestTokens> {
    const names = store.treeNames().filter((name) => name.startsWith(treePrefix));
    const generations = await Promise.all(
      names.map(async (name) => ({ tree: await store.tree(name), startMs: startOf(name), users: 0 })),
    );
    generations.sort((left, right) => left.startMs - right.startMs);
    const tokens = new RequestTokens(store, io, generations);
    tokens.dropOld();
    return tokens;
  }

  /**
   * Carries out the request, or answers as one that was carried out. Throws IdempotentParameterMismatchException when the token was used with other
   * parameters, TransactionInProgressException when the same request is under way.
   */
  async use<Result>({ token, fingerprint, first, again }: TokenUse<Result>): Promise<Result> {
    const other = this.underWay.get(token);
    if (other !== undefined) throw other === fingerprint ? transactionInProgress() : idempotentParameterMismatch();
    this.underWay.set(token, fingerprint);
    const used: Generation[] = [];
    let recorded: string | undefined;
    try {
      const current = await this.currentGeneration();
      used.push(...this.generations.filter((generation) => !this.isOver(generation)));
      for (const generation of used) generation.users++;
      recorded = await this.find(token, used);
      if (recorded === undefined) return await first((batch) => this.add(batch, current.tree, token, fingerprint));
    } finally {
      for (const generation of used) generation.users--;
      this.underWay.delete(token);
    }
    if (recorded !== fingerprint) throw idempotentParameterMismatch();
    return again();
  }

  /** Waits for background work; nothing is used after this. */
  async close(): Promise<void> {
    await this.dropping;
  }

  /** The fingerprint that is recorded for the token, if it is valid still; what it tells of is acknowledged then. */
  private async find(token: string, generations: readonly Generation[]): Promise<string | undefined> {
    const values = await Promise.all(generations.map(({ tree }) => tree.get(token)));
    const readSequence = this.store.appliedSequence;
    for (const value of values) {
      if (value === undefined) continue;
      const { atMs, fingerprint } = decodeRecord(value);
      if (this.nowMs() - atMs >= requestTokenMs) continue;
      await this.store.acknowledged(readSequence);
      return fingerprint;
    }
    return undefined;
  }

  private add(batch: WriteBatchContract, tree: TreeContract, token: string, fingerprint: string): void {
    const record: TokenRecord = { formatVersion: requestTokenFormatVersion, fingerprint, atMs: this.nowMs() };
    batch.put(tree, token, JSON.stringify(record));
  }

  private nowMs(): number {
    return Math.floor(this.openedMs + this.io.clock.monotonicMs() - this.openedMonotonicMs);
  }

  private isOver({ startMs }: Generation): boolean {
    return this.nowMs() - startMs >= generationLifeMs;
  }

  /** The generation that new records go to; begun if the last one is full of its time. */
  private async currentGeneration(): Promise<Generation> {
    const youngest = this.generations.at(-1);
    if (youngest !== undefined && this.nowMs() - youngest.startMs < generationMs) return youngest;
    this.starting ??= this.startGeneration().finally(() => (this.starting = undefined));
    return this.starting;
  }

  private async startGeneration(): Promise<Generation> {
    const startMs = this.nowMs();
    const tree = await this.store.tree(treePrefix + String(startMs));
    const generation = { tree, startMs, users: 0 };
    this.generations.push(generation);
    this.dropOld();
    return generation;
  }

  /** Behind the back of requests. What fails here is tried again when the next generation begins, or on the next open. */
  private dropOld(): void {
    const old = this.generations.filter((generation) => generation.users === 0 && this.isOver(generation));
    if (old.length === 0) return;
    this.generations = this.generations.filter((generation) => !old.includes(generation));
    this.dropping = this.dropping.then(async () => {
      for (const { tree } of old) await this.store.dropTree(tree.name).catch(() => undefined);
    });
  }
}

function startOf(treeName: string): number {
  const startMs = Number(treeName.slice(treePrefix.length));
  if (Number.isSafeInteger(startMs)) return startMs;
  throw new VarveError("CORRUPTION", "a tree of request tokens has no time in its name", { got: treeName });
}

function decodeRecord(bytes: Uint8Array): TokenRecord {
  let record: Partial<TokenRecord> | null;
  try {
    record = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<TokenRecord> | null;
  } catch (cause) {
    throw new VarveError("CORRUPTION", "a stored request token is damaged: its JSON does not parse", { cause });
  }
  const version = record?.formatVersion;
  if (typeof version === "number" && version > requestTokenFormatVersion) {
    const message = `a stored request token is of format version ${version}; this program knows ${requestTokenFormatVersion}: use a newer one`;
    throw new VarveError("FORMAT_NEWER", message, { expected: requestTokenFormatVersion, got: version });
  }
  if (typeof record?.fingerprint !== "string" || typeof record.atMs !== "number") {
    throw new VarveError("CORRUPTION", "a stored request token is damaged: members are missing");
  }
  return record as TokenRecord;
}

/** A fingerprint of parameters, in which the order of members does not count. */
export function fingerprintOf(parameters: unknown): string {
  return createHash("sha256").update(JSON.stringify(parameters, sortMembers)).digest("hex");
}

function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
