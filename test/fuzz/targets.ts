/** Every fuzz target of the decoders in TypeScript; those of the native core are in native/fuzz/. */
import type { FuzzTarget } from "./target.js";
import { dataBlockTarget } from "./targets/data-block.js";
import { entryKeyTarget } from "./targets/entry-key.js";
import { expressionsTarget } from "./targets/expressions.js";
import { filterTarget } from "./targets/filter.js";
import { footerTarget } from "./targets/footer.js";
import { frameTarget } from "./targets/frame.js";
import { httpBodyTarget } from "./targets/http-body.js";
import { httpFramingTarget } from "./targets/http-framing.js";
import { httpHeadTarget } from "./targets/http-head.js";
import { indexBlockTarget } from "./targets/index-block.js";
import { itemTarget } from "./targets/item.js";
import { logFileTarget } from "./targets/log-file.js";
import { manifestFileTarget } from "./targets/manifest-file.js";
import { manifestRecordTarget } from "./targets/manifest-record.js";
import { propertiesTarget } from "./targets/properties.js";
import { sstableFileTarget } from "./targets/sstable-file.js";
import { storedBlockTarget } from "./targets/stored-block.js";
import { tableDescriptorTarget } from "./targets/table-descriptor.js";
import { zoneIdentityTarget } from "./targets/zone-identity.js";

/** Bytes in, value or error out. */
export const decoderTargets: readonly FuzzTarget[] = [
  ...[frameTarget, dataBlockTarget, indexBlockTarget, filterTarget, footerTarget, propertiesTarget, storedBlockTarget],
  ...[manifestRecordTarget, zoneIdentityTarget, itemTarget, entryKeyTarget, tableDescriptorTarget, expressionsTarget],
  httpHeadTarget,
];

/** Recoveries and reads over whole files in three zones. */
export const fileTargets: readonly FuzzTarget[] = [logFileTarget, manifestFileTarget, sstableFileTarget];

/** Over a real socket. */
export const socketTargets: readonly FuzzTarget[] = [httpBodyTarget, httpFramingTarget];

export const allTargets: readonly FuzzTarget[] = [...decoderTargets, ...fileTargets, ...socketTargets];
