// SPDX-License-Identifier: Apache-2.0
/// @file XNNPACK's C handles with their deleters, and its answers as errors.
#pragma once

#include <xnnpack.h>

#include <memory>

#include "pith/model/graph.h"

namespace pith {

struct XnnDelete {
  void operator()(xnn_subgraph_t handle) const { xnn_delete_subgraph(handle); }
  void operator()(xnn_runtime_t handle) const { xnn_delete_runtime(handle); }
  void operator()(xnn_workspace_t handle) const { xnn_release_workspace(handle); }
  void operator()(xnn_operator_t handle) const { xnn_delete_operator(handle); }
};
template <typename Handle>
using XnnPtr = std::unique_ptr<std::remove_pointer_t<Handle>, XnnDelete>;

using SubgraphPtr = XnnPtr<xnn_subgraph_t>;
using RuntimePtr = XnnPtr<xnn_runtime_t>;
using WorkspacePtr = XnnPtr<xnn_workspace_t>;
using OperatorPtr = XnnPtr<xnn_operator_t>;

/// What a step of XNNPACK answered, as an error that names the node.
[[nodiscard]] Status checkXnnpack(xnn_status status, const Node& node);

}  // namespace pith
