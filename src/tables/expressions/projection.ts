/**
 * Projections, compiled once and applied to many items: ProjectionExpression and AttributesToGet.
 */
import type { Item } from "../values/attribute-value.js";
import { Binder } from "./bind-operands.js";
import { PathTree } from "./path-tree.js";
import type { Path } from "./path.js";
import type { Placeholders } from "./placeholders.js";
import { parseProjection } from "./projection-parser.js";
import { checkPathUsage } from "./usage-checks.js";

export class CompiledProjection {
  readonly paths: readonly Path[];
  /** The top-level attributes that the projection names. */
  readonly attributeNames: ReadonlySet<string>;
  /** Those of them that it looks into, by "." or "[]". */
  readonly nestedAttributeNames: ReadonlySet<string>;
  readonly #tree: PathTree;

  /** The paths must not overlap. */
  constructor(paths: readonly Path[], tree: PathTree = new PathTree(paths)) {
    this.paths = paths;
    this.#tree = tree;
    this.attributeNames = new Set(paths.map((path) => path[0]));
    this.nestedAttributeNames = new Set(paths.filter((path) => path.length > 1).map((path) => path[0]));
  }

  /**
   * What the item has at the paths, nested as in the item, list elements moved together in order of index. Maps and lists
   * that nothing was found in are left out. A new item; its values are shared with the old one.
   */
  project(item: Item): Item {
    return this.#tree.project(item);
  }
}

/** Throws ValidationException, in the service's words and order, on anything that is no valid projection. */
export function compileProjection(text: string, placeholders: Placeholders): CompiledProjection {
  const node = parseProjection(text);
  for (const path of node.paths) checkPathUsage("ProjectionExpression", path);
  const binder = new Binder("ProjectionExpression", placeholders);
  const paths = node.paths.map((path) => binder.bindPath(path));
  const tree = new PathTree(paths);
  const clash = tree.findClash();
  if (clash !== undefined) throw binder.error(clash.message);
  return new CompiledProjection(paths, tree);
}
