// What a TreeReader object of JavaScript wraps: the reader of the core and the array for its status. Its environment's
// thread only.
#ifndef VARVE_BINDING_READER_OBJECT_H_
#define VARVE_BINDING_READER_OBJECT_H_

#include <memory>
#include <utility>

#include "binding/status_array.h"
#include "core/read/tree_reader.h"

namespace varve::binding {

struct ReaderObject {
  ReaderObject(napi_env env, std::shared_ptr<BlockCache> cache) : reader(std::move(cache)), status(env) {}

  TreeReader reader;
  StatusArray status;
};

}  // namespace varve::binding

#endif  // VARVE_BINDING_READER_OBJECT_H_
