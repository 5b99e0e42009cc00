// SPDX-License-Identifier: Apache-2.0
/// @file A data set of DoF's version 1, the predecessor, as plain values. Its form: `.dofinfo/dataset.json`
/// (what is said about the set), `.dofinfo/elementslist.json` (y and what is said about each element) and one
/// pickle `i.out` with the x of element i.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pith/base/json.h"
#include "pith/base/result.h"
#include "pith/dof/tensor.h"

namespace pith::dof {

inline constexpr const char* datasetMember = ".dofinfo/dataset.json";
inline constexpr const char* elementsMember = ".dofinfo/elementslist.json";

/// Gives the bytes of a member, from an archive or a folder; valid until the next call.
using MemberReader = std::function<Result<ByteView>(const std::string& name)>;

/// Texts by key, without those that are empty or say "NA", which is how DoF writes "not known": their keys
/// stand apart.
struct Facts {
  std::map<std::string, std::string> known;
  std::vector<std::string> notKnown;

  [[nodiscard]] std::string take(const std::string& key);  // and forget it; empty where there is none
};

struct Element {
  Json y;
  Facts facts;
};

struct Dataset {
  Facts facts;
  std::vector<Element> elements;

  /// Reads the two descriptions. A bare NaN, which Python writes and JSON does not know, is a value that is
  /// missing.
  /// @errors corruptDof, unsupportedDof (an element that refers to another file), those of `read`
  [[nodiscard]] static Result<Dataset> read(const MemberReader& read);
};

/// "0.out" and its kin.
[[nodiscard]] std::string elementMember(size_t index);

/// The error of one element, with its number in front.
[[nodiscard]] Error atElement(size_t index, const Error& error);

}  // namespace pith::dof
