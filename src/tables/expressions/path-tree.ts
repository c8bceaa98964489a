/**
 * The paths of one update or projection as a tree: shared beginnings once.
 *
 * Owns the check that no path overlaps another (is equal to it or inside it) or conflicts with it (one goes by name where
 * the other goes by index), and the projection of an item onto the paths. Both take time linear in the paths.
 * Which clash the service reports when there are several is its walk: the newest branch first.
 */
import {
  getAttribute,
  setAttribute,
  type AttributeMap,
  type AttributeValue,
  type Item,
} from "../values/attribute-value.js";
import { formatPath, type Path, type PathSegment } from "./path.js";

interface PathTreeNode {
  /** The step from the parent; undefined at the root. */
  readonly segment: PathSegment | undefined;
  readonly children: Map<PathSegment, PathTreeNode>;
  /** What came to this node, oldest first: a child, or the number of a path that ends here. */
  readonly entries: (PathTreeNode | number)[];
}

export interface PathClash {
  readonly kind: "overlap" | "conflict";
  readonly message: string;
}

export class PathTree {
  readonly #root = newNode(undefined);
  readonly #paths: readonly Path[];

  constructor(paths: readonly Path[]) {
    this.#paths = paths;
    paths.forEach((path, index) => this.#insert(path, index));
  }

  #insert(path: Path, index: number): void {
    let node = this.#root;
    for (const segment of path) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = newNode(segment);
        node.children.set(segment, child);
        node.entries.push(child);
      }
      node = child;
    }
    node.entries.push(index);
  }

  /** The clash that the service reports, or undefined when every path stands apart. */
  findClash(): PathClash | undefined {
    // Names at the top never conflict with each other, and nothing ends above them.
    for (const entry of newestFirst(this.#root)) {
      const clash = typeof entry === "number" ? undefined : this.#clashWithin(entry);
      if (clash !== undefined) return clash;
    }
    return undefined;
  }

  #clashWithin(node: PathTreeNode): PathClash | undefined {
    const entries = newestFirst(node);
    const [newest, ...others] = entries;
    if (newest === undefined) return undefined;
    const inner = typeof newest === "number" ? undefined : this.#clashWithin(newest);
    if (inner !== undefined) return inner;
    // When the newest agrees with all others, all are children of one sort, and only their insides are left.
    for (const other of others) {
      if (typeof newest === "number" || typeof other === "number") return this.#clash("overlap", newest, other);
      if (typeof newest.segment !== typeof other.segment) return this.#clash("conflict", newest, other);
    }
    for (const other of others) {
      const clash = typeof other === "number" ? undefined : this.#clashWithin(other);
      if (clash !== undefined) return clash;
    }
    return undefined;
  }

  #clash(kind: "overlap" | "conflict", left: PathTreeNode | number, right: PathTreeNode | number): PathClash {
    const [first, second] = [newestPath(left), newestPath(right)].sort((a, b) => a - b);
    const texts = [first, second].map((index) => formatPath(this.#paths[index ?? 0] ?? []));
    const message =
      `Two document paths ${kind} with each other; must remove or rewrite one of these paths; ` +
      `path one: ${texts[0] ?? ""}, path two: ${texts[1] ?? ""}`;
    return { kind, message };
  }

  /**
   * What the item has at the paths, each inside its maps and lists, and nothing else of those; list elements are
   * moved together in order of index. Shares the values at the ends of the paths with the item.
   */
  project(item: Item): Item {
    const projected: Item = {};
    for (const [name, child] of this.#root.children) {
      const value = getAttribute(item, name as string);
      const kept = value === undefined ? undefined : projectValue(value, child);
      if (kept !== undefined) setAttribute(projected, name as string, kept);
    }
    return projected;
  }
}

function newNode(segment: PathSegment | undefined): PathTreeNode {
  return { segment, children: new Map(), entries: [] };
}

function newestFirst(node: PathTreeNode): (PathTreeNode | number)[] {
  return [...node.entries].reverse();
}

/** Of a path through the node: the one that the newest entries lead to. */
function newestPath(entry: PathTreeNode | number): number {
  let at = entry;
  while (typeof at !== "number") at = at.entries.at(-1) ?? 0;
  return at;
}

function projectValue(value: AttributeValue, node: PathTreeNode): AttributeValue | undefined {
  if (node.children.size === 0) return value;
  if ("M" in value) return projectMap(value.M, node);
  return "L" in value ? projectList(value.L, node) : undefined;
}

function projectMap(map: AttributeMap, node: PathTreeNode): AttributeValue | undefined {
  const kept: AttributeMap = {};
  let any = false;
  for (const [name, child] of node.children) {
    const value = typeof name === "string" ? getAttribute(map, name) : undefined;
    const inner = value === undefined ? undefined : projectValue(value, child);
    if (inner === undefined) continue;
    setAttribute(kept, name as string, inner);
    any = true;
  }
  return any ? { M: kept } : undefined;
}

function projectList(list: AttributeValue[], node: PathTreeNode): AttributeValue | undefined {
  const kept: AttributeValue[] = [];
  const indexes = [...node.children.keys()].filter((segment) => typeof segment === "number").sort((a, b) => a - b);
  for (const index of indexes) {
    const value = list[index];
    const child = node.children.get(index);
    const inner = value === undefined || child === undefined ? undefined : projectValue(value, child);
    if (inner !== undefined) kept.push(inner);
  }
  return kept.length === 0 ? undefined : { L: kept };
}
