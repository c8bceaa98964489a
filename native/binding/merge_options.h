// Takes NativeMergeOptions of src/native.ts apart.
#ifndef VARVE_BINDING_MERGE_OPTIONS_H_
#define VARVE_BINDING_MERGE_OPTIONS_H_

#include <node_api.h>

#include "core/merge/merge.h"

namespace varve::binding {

// False, and a TypeError is pending, when a field is missing, of a wrong type or out of bounds.
bool TakeMergeOptions(napi_env env, napi_value value, MergeOptions* options, bool* has_memtable, uint64_t* memtable_id);

}  // namespace varve::binding

#endif  // VARVE_BINDING_MERGE_OPTIONS_H_
