/**
 * The directories of a simulated disk: names as the program sees them, names that are durable, and the transactions in
 * between.
 *
 * Each created, removed, linked or renamed name is a transaction; a rename changes two names at once or none.
 * A transaction is durable when a directory that it touches was synced after it, together with the earlier ones it
 * builds on. A crash keeps any subset of the others, except that one is lost with those it builds on, so
 * that no file shows up under both names of a rename. Errors are thrown with Linux's errno.
 */
import { posix } from "node:path";
import { ioError } from "../io-error.js";
import type { Inode } from "./inode.js";
import type { SeededRandom } from "./seeded-random.js";

export class Directory {
  readonly kind = "directory";
  entries = new Map<string, Node>();
  durableEntries = new Map<string, Node>();
}

export type Node = Inode | Directory;

interface Change {
  directory: Directory;
  name: string;
  before: Node | undefined;
  after: Node | undefined;
}

interface Transaction {
  sequence: number;
  changes: Change[];
}

/** What a set of transactions touches: nodes, and names in their directories. */
class Touched {
  readonly #nodes = new Set<Node>();
  readonly #names = new Map<Directory, Set<string>>();

  add(transaction: Transaction): void {
    for (const { directory, name, before, after } of transaction.changes) {
      if (before !== undefined) this.#nodes.add(before);
      if (after !== undefined) this.#nodes.add(after);
      const names = this.#names.get(directory);
      if (names === undefined) this.#names.set(directory, new Set([name]));
      else names.add(name);
    }
  }

  meets(transaction: Transaction): boolean {
    return transaction.changes.some(
      ({ directory, name, before, after }) =>
        (before !== undefined && this.#nodes.has(before)) ||
        (after !== undefined && this.#nodes.has(after)) ||
        this.#names.get(directory)?.has(name) === true,
    );
  }
}

export class Namespace {
  #root = new Directory();
  #pending: Transaction[] = [];
  #sequence = 0;

  find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of this.#names(path)) {
      if (node?.kind !== "directory") return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  directory(path: string, call: string): Directory {
    const node = this.find(path);
    if (node === undefined) throw ioError("ENOENT", call, path);
    if (node.kind !== "directory") throw ioError("ENOTDIR", call, path);
    return node;
  }

  list(path: string): string[] {
    return [...this.directory(path, "list").entries.keys()].sort();
  }

  /** Gives `node` the name `path`; undefined takes the name away. */
  set(path: string, node: Node | undefined, call: string): void {
    this.#commit([this.#change(path, node, call)]);
  }

  rename(from: string, to: string, node: Node): void {
    this.#commit([this.#change(from, undefined, "rename"), this.#change(to, node, "rename")]);
  }

  /** Makes the directory and its missing parents. */
  makeDirectories(path: string): void {
    let at = "/";
    for (const name of this.#names(path)) {
      at = posix.join(at, name);
      const node = this.find(at);
      if (node?.kind === "file") throw ioError("EEXIST", "makeDirectory", path);
      if (node === undefined) this.set(at, new Directory(), "makeDirectory");
    }
  }

  mark(): number {
    return this.#sequence;
  }

  /** Makes durable the changes of the directory up to `mark`, and those they build on. */
  sync(directory: Directory, mark: number): void {
    const touched = new Touched();
    const durable = new Set<Transaction>();
    for (const transaction of [...this.#pending].reverse()) {
      if (transaction.sequence > mark) continue;
      const inDirectory = transaction.changes.some((change) => change.directory === directory);
      if (!inDirectory && !touched.meets(transaction)) continue;
      touched.add(transaction);
      durable.add(transaction);
    }
    for (const transaction of this.#pending) if (durable.has(transaction)) this.#makeDurable(transaction);
    this.#pending = this.#pending.filter((transaction) => !durable.has(transaction));
  }

  /** Everything durable at once: for tests that prepare or damage a disk. */
  settle(): void {
    for (const transaction of this.#pending) this.#makeDurable(transaction);
    this.#pending = [];
  }

  /** The names a power cut leaves; `copyFile` makes the survivor of a file. */
  afterPowerCut(random: SeededRandom, copyFile: (file: Inode) => Inode): Namespace {
    const copy = this.afterKill((file) => file);
    const probability = random.pick([0, 0.5, 0.8, 1]);
    const lost = new Touched();
    for (const transaction of copy.#pending) {
      if (!random.chance(probability) || lost.meets(transaction)) lost.add(transaction);
      else copy.#makeDurable(transaction);
    }
    copy.#pending = [];
    copy.#root = surviving(copy.#root, copyFile);
    return copy;
  }

  /** The names that the end of the process leaves: all, still as durable as they were. */
  afterKill(copyFile: (file: Inode) => Inode): Namespace {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      if (node.kind === "file") {
        const file = copyFile(node);
        copies.set(node, file);
        return file;
      }
      const directory = new Directory();
      copies.set(node, directory);
      for (const [name, entry] of node.entries) directory.entries.set(name, copyOf(entry));
      for (const [name, entry] of node.durableEntries) directory.durableEntries.set(name, copyOf(entry));
      return directory;
    };
    const copy = new Namespace();
    copy.#root = copyOf(this.#root) as Directory;
    copy.#sequence = this.#sequence;
    copy.#pending = this.#pending.map(({ sequence, changes }) => ({
      sequence,
      changes: changes.map(({ directory, name, before, after }) => ({
        directory: copyOf(directory) as Directory,
        name,
        before: before && copyOf(before),
        after: after && copyOf(after),
      })),
    }));
    return copy;
  }

  /** Every file that has a name, once a name. */
  *files(from: Directory = this.#root): Generator<Inode> {
    for (const node of from.entries.values()) {
      if (node.kind === "file") yield node;
      else yield* this.files(node);
    }
  }

  #names(path: string): string[] {
    return posix.resolve("/", path).split("/").filter(Boolean);
  }

  #change(path: string, after: Node | undefined, call: string): Change {
    const directory = this.directory(posix.dirname(posix.resolve("/", path)), call);
    const name = posix.basename(path);
    return { directory, name, before: directory.entries.get(name), after };
  }

  #commit(changes: Change[]): void {
    for (const { directory, name, after } of changes) {
      if (after === undefined) directory.entries.delete(name);
      else directory.entries.set(name, after);
    }
    this.#pending.push({ sequence: ++this.#sequence, changes });
  }

  #makeDurable(transaction: Transaction): void {
    for (const { directory, name, after } of transaction.changes) {
      if (after === undefined) directory.durableEntries.delete(name);
      else directory.durableEntries.set(name, after);
    }
  }
}

/** A copy of the tree in which only what was durable is left, and is all durable. */
function surviving(root: Directory, copyFile: (file: Inode) => Inode): Directory {
  const files = new Map<Inode, Inode>();
  const copyDirectory = (directory: Directory): Directory => {
    const copy = new Directory();
    for (const [name, node] of directory.durableEntries) {
      let copied: Node;
      if (node.kind === "directory") {
        copied = copyDirectory(node);
      } else {
        copied = files.get(node) ?? copyFile(node);
        files.set(node, copied);
      }
      copy.entries.set(name, copied);
      copy.durableEntries.set(name, copied);
    }
    return copy;
  };
  return copyDirectory(root);
}
