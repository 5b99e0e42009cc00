// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/xnn_handles.h"

namespace pith {

Status checkXnnpack(xnn_status status, const Node& node) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory) {
    return Error{ErrorCode::outOfMemory, nodeText(node) + ": there is not enough memory for the network."};
  }
  return Error{ErrorCode::engineFailure,
               nodeText(node) + ": XNNPACK refused it with status " + std::to_string(status) + "."};
}

}  // namespace pith
