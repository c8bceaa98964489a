/**
 * Updates, compiled once and applied to an item: UpdateExpression and AttributeUpdates.
 *
 * Everything that is read is read from the item as it was. The old item stays untouched; the new one shares with it whatever
 * was not written. Runtime errors come in the service's order: a parent of a wrong shape; wrong types; then, from the
 * last section back, missing parents and missing attributes.
 */
import type { ServiceError } from "../service-error.js";
import { typeOf, type AttributeType, type AttributeValue, type Item } from "../values/attribute-value.js";
import { maxNestingLevels } from "../values/parse-attribute-value.js";
import type { Section } from "./ast.js";
import { Binder } from "./bind-operands.js";
import { bindUpdate, type BoundAction, type BoundSetValue } from "./bind-update.js";
import { ItemDraft } from "./item-draft.js";
import { PathTree } from "./path-tree.js";
import { valueAt, type Path } from "./path.js";
import type { Placeholders } from "./placeholders.js";
import { invalidPathForUpdate, missingAttribute, nestedTooDeeply, wrongOperandType } from "./update-errors.js";
import { parseUpdate } from "./update-parser.js";
import { added, compileSetValue, deleted, type SetValue } from "./update-values.js";
import { checkUpdateUsage } from "./usage-checks.js";

/** One thing that an update does. */
export interface UpdateAction {
  readonly section: Section;
  readonly path: Path;
  /** The type that SET or ADD writes, where the request alone decides it. */
  readonly writtenType?: AttributeType | undefined;
  /** Of SET. */
  readonly compute?: SetValue;
  /** Of ADD and DELETE. */
  readonly operand?: AttributeValue;
  /** The top-level names of attributes that `compute` looks into. */
  readonly nestedReads?: readonly string[];
}

export interface AppliedUpdate {
  readonly item: Item;
  /** What the update names, whether or not it changed. */
  readonly updatedPaths: readonly Path[];
}

export class CompiledUpdate {
  readonly actions: readonly UpdateAction[];
  readonly paths: readonly Path[];
  /** The top-level attributes that are written. */
  readonly attributeNames: ReadonlySet<string>;
  /** The top-level attributes that the update looks into, by "." or "[]", written or read. */
  readonly nestedAttributeNames: ReadonlySet<string>;
  /** Whether the update makes an item where there was none; one that only removes does not. */
  readonly createsItem: boolean;
  readonly #tree: PathTree;
  readonly #mismatch: () => ServiceError;

  /** The paths must not overlap. `mismatch` makes the error of ADD or DELETE on an attribute of another type. */
  constructor(
    actions: readonly UpdateAction[],
    mismatch: () => ServiceError = wrongOperandType,
    tree: PathTree = new PathTree(actions.map((action) => action.path)),
  ) {
    this.actions = actions;
    this.paths = actions.map((action) => action.path);
    this.attributeNames = new Set(this.paths.map((path) => path[0]));
    this.nestedAttributeNames = new Set([
      ...this.paths.filter((path) => path.length > 1).map((path) => path[0]),
      ...actions.flatMap((action) => action.nestedReads ?? []),
    ]);
    this.createsItem = actions.length === 0 || actions.some(({ section }) => section === "SET" || section === "ADD");
    this.#tree = tree;
    this.#mismatch = mismatch;
  }

  /**
   * The item after the update. `item` holds at least the key attributes; `existed` says whether it was stored before:
   * removing inside of an attribute that is not there is an error only then.
   */
  apply(item: Item, existed = true): AppliedUpdate {
    const writes = this.#computeWrites(item, existed);
    const draft = new ItemDraft(item);
    for (const { path, value } of writes) {
      if (value === undefined) draft.remove(path);
      else draft.set(path, value);
    }
    return { item: draft.finish(), updatedPaths: this.paths };
  }

  /**
   * What UPDATED_OLD (of the old item) and UPDATED_NEW (of the new one) return: the written paths, nested as in the item;
   * undefined when there is nothing, and the reply has no Attributes. As in the service, an element that was appended past
   * the end is not found at its index, and the element that moved to a removed one's index is.
   */
  projectUpdated(item: Item): Item | undefined {
    const projected = this.#tree.project(item);
    return Object.keys(projected).length === 0 ? undefined : projected;
  }

  #computeWrites(item: Item, existed: boolean): { path: Path; value: AttributeValue | undefined }[] {
    const plans = this.actions.map((action) => ({ action, parent: parentState(item, action.path) }));
    if (plans.some(({ parent }) => parent === "misshapen")) throw invalidPathForUpdate();
    const computed = plans.map((plan) => ({ ...plan, value: this.#compute(plan.action, plan.parent, item) }));
    for (const section of this.#sectionsBackwards()) {
      const inSection = computed.filter(({ action }) => action.section === section);
      if (section !== "REMOVE" || existed) {
        if (inSection.some(({ parent }) => parent === "missing")) throw invalidPathForUpdate();
      }
      if (section === "SET" && inSection.some(({ value }) => value === undefined)) throw missingAttribute();
    }
    for (const { action, value } of computed) if (value !== undefined) checkNesting(value, action.path.length);
    // Where nothing is, DELETE and REMOVE find nothing to remove.
    return computed.flatMap(({ action, parent, value }) =>
      parent === "missing" ? [] : [{ path: action.path, value }],
    );
  }

  #compute(action: UpdateAction, parent: ParentState, item: Item): AttributeValue | undefined {
    if (action.compute !== undefined) return action.compute(item);
    if (action.operand === undefined || parent === "missing") return undefined;
    const current = valueAt(item, action.path);
    const change = action.section === "ADD" ? added : deleted;
    return change(current, action.operand, this.#mismatch);
  }

  #sectionsBackwards(): Section[] {
    return [...new Set(this.actions.map((action) => action.section))].reverse();
  }
}

type ParentState = "fit" | "missing" | "misshapen";

/** Whether the path's last step can be taken: its parent is there, and a map or list as it needs. */
function parentState(item: Item, path: Path): ParentState {
  const last = path[path.length - 1];
  if (path.length === 1) return "fit";
  const parent = valueAt(item, path.slice(0, -1) as unknown as Path);
  if (parent === undefined) return "missing";
  return (typeof last === "number" ? "L" in parent : "M" in parent) ? "fit" : "misshapen";
}

/** Throws when the value, put at that level, would go deeper than an item may. */
function checkNesting(value: AttributeValue, level: number): void {
  if (level > maxNestingLevels) throw nestedTooDeeply();
  const elements = "M" in value ? Object.values(value.M) : "L" in value ? value.L : [];
  for (const element of elements) checkNesting(element, level + 1);
}

/** Throws ValidationException, in the service's words and order, on anything that is no valid update. */
export function compileUpdate(text: string, placeholders: Placeholders): CompiledUpdate {
  const node = parseUpdate(text);
  checkUpdateUsage(node);
  const { actions, tree } = bindUpdate(new Binder("UpdateExpression", placeholders), node);
  return new CompiledUpdate(actions.map(compileAction), wrongOperandType, tree);
}

function compileAction(action: BoundAction): UpdateAction {
  const { section, path } = action;
  if (section === "REMOVE") return { section, path };
  if (section !== "SET") {
    const writtenType = section === "ADD" ? typeOf(action.value) : undefined;
    return { section, path, operand: action.value, writtenType };
  }
  const { value } = action;
  return {
    section,
    path,
    compute: compileSetValue(value),
    writtenType: typeWritten(value),
    nestedReads: nestedReads(value),
  };
}

function typeWritten(value: BoundSetValue): AttributeType | undefined {
  if (value.kind === "value") return typeOf(value.value);
  if (value.kind === "arithmetic") return "N";
  if (value.kind === "path") return undefined;
  const [, second] = value.operands;
  return value.name === "list_append" ? "L" : second && typeWritten(second);
}

function nestedReads(value: BoundSetValue): string[] {
  if (value.kind === "path") return value.path.length > 1 ? [value.path[0]] : [];
  if (value.kind === "value") return [];
  const operands = value.kind === "arithmetic" ? [value.left, value.right] : value.operands;
  return operands.flatMap(nestedReads);
}
