// SPDX-License-Identifier: Apache-2.0
// What breaks a rule about the records' values, or a count, summary or certificate that follows from them.
#include <algorithm>
#include <limits>

#include "pith/container/layout.h"
#include "unit/container/vectors/invalid.h"

namespace pith::test {
namespace {

using namespace format;

/// The first row whose value in a column of u32 is `value`.
size_t rowOf(const Bytes& column, uint32_t value) {
  for (size_t row = 0; row < column.size() / 4; ++row) {
    if (get<uint32_t>(column, row) == value) return row;
  }
  ADD_FAILURE() << "no such row";
  return 0;
}

size_t firstView(Parts& p) {
  const Bytes& parents = p.bytes("records/parent");
  for (size_t row = 0; row < parents.size() / 4; ++row) {
    if (get<uint32_t>(parents, row) != missingIndex) return row;
  }
  ADD_FAILURE() << "no view";
  return 0;
}

void addIdsAndViews(Invalid& add, const auto& with) {
  add("ids-not-ascending", "corruptContainer", with([](Parts& p) {
        Bytes& ids = p.bytes("records/id");
        std::swap_ranges(ids.begin(), ids.begin() + 16, ids.begin() + 16);
      }));
  add("id-twice", "corruptContainer", with([](Parts& p) {
        Bytes& ids = p.bytes("records/id");
        std::copy_n(ids.begin(), 16, ids.begin() + 16);
      }));
  add("parent-outside", "corruptContainer",
      with([](Parts& p) { put(p.bytes("records/parent"), firstView(p), static_cast<uint32_t>(p.message.recordCount)); }));
  add("parent-is-a-view", "corruptContainer", with([](Parts& p) {
        const size_t view = firstView(p);
        put(p.bytes("records/parent"), get<uint32_t>(p.bytes("records/parent"), view), static_cast<uint32_t>(view));
        put(p.bytes("records/transform"), get<uint32_t>(p.bytes("records/parent"), view), uint32_t{0});
      }));
  add("parent-is-itself", "corruptContainer",
      with([](Parts& p) { put(p.bytes("records/parent"), firstView(p), static_cast<uint32_t>(firstView(p))); }));
  add("parent-of-another-group", "corruptContainer", with([](Parts& p) {
        const Bytes &groups = p.bytes("groups/1"), &parents = p.bytes("records/parent");
        const size_t view = firstView(p);
        for (size_t row = 0; row < parents.size() / 4; ++row) {
          const bool isOther = get<uint32_t>(groups, row) != get<uint32_t>(groups, view);
          if (isOther && get<uint32_t>(parents, row) == missingIndex) put(p.bytes("records/parent"), view, static_cast<uint32_t>(row));
        }
      }));
  add("transform-outside", "corruptContainer", with([](Parts& p) { put(p.bytes("records/transform"), firstView(p), uint32_t{2}); }));
  add("view-without-transform", "corruptContainer",
      with([](Parts& p) { put(p.bytes("records/transform"), firstView(p), missingIndex); }));
  add("transform-of-no-view", "corruptContainer", with([](Parts& p) {
        put(p.bytes("records/transform"), rowOf(p.bytes("records/parent"), missingIndex), uint32_t{0});
      }));
  add("name-not-utf-8", "corruptContainer", with([](Parts& p) { p.bytes("records/name/text")[0] = 0xFF; }));
  add("name-offsets-descend", "corruptContainer", with([](Parts& p) { put(p.bytes("records/name/offset"), 2, uint64_t{1} << 40); }));
}

void addGroupsAndSplits(Invalid& add, const auto& with) {
  add("groups-not-by-appearance", "corruptContainer", with([](Parts& p) {
        Bytes& groups = p.bytes("groups/0");
        const size_t zero = rowOf(groups, 0), one = rowOf(groups, 1);
        put(groups, zero, uint32_t{1});
        put(groups, one, uint32_t{0});
      }));
  add("group-numbers-with-a-gap", "corruptContainer", with([](Parts& p) {
        Bytes& groups = p.bytes("groups/1");
        for (size_t row = 0; row < groups.size() / 4; ++row) {
          if (get<uint32_t>(groups, row) == p.header().groupings[1].groupCount - 1) put(groups, row, uint32_t{200});
        }
      }));
  add("group-count-wrong", "corruptContainer", with([](Parts& p) { ++p.header().groupings[0].groupCount; }));
  add("part-outside", "corruptContainer", with([](Parts& p) { p.bytes("splits/0")[0] = 3; }));
  add("part-254", "corruptContainer", with([](Parts& p) { p.bytes("splits/2")[0] = 254; }));
  add("part-counts-wrong", "corruptContainer", with([](Parts& p) {
        ++p.header().splits[0].counts[0];
        --p.header().splits[0].counts[1];
      }));
  add("part-counts-too-few", "corruptContainer", with([](Parts& p) { p.header().splits[0].counts.pop_back(); }));
  add("certificate-false", "corruptContainer", with([](Parts& p) { p.header().splits[1].groupsInSeveralParts = 0; }));
  add("certificate-too-high", "corruptContainer", with([](Parts& p) { p.header().splits[0].groupsInSeveralParts = 1; }));
  add("certificate-without-grouping", "corruptContainer", with([](Parts& p) { p.header().splits[2].groupsInSeveralParts = 1; }));
}

void addLabels(Invalid& add, const auto& with) {
  add("category-outside", "corruptContainer", with([](Parts& p) { put(p.bytes("labels/0/index"), 0, uint32_t{3}); }));
  add("category-counts-wrong", "corruptContainer", with([](Parts& p) { ++p.header().labelColumns[1].summary.counts[0]; }));
  add("category-counts-too-many", "corruptContainer", with([](Parts& p) { p.header().labelColumns[0].summary.counts.push_back(0); }));
  add("counts-of-numbers", "corruptContainer", with([](Parts& p) { p.header().labelColumns[2].summary.counts = {0}; }));
  add("missing-count-wrong", "corruptContainer", with([](Parts& p) { ++p.header().labelColumns[3].summary.missingCount; }));
  add("uncertain-count-wrong", "corruptContainer", with([](Parts& p) { ++p.header().labelColumns[4].summary.uncertainCount; }));
  add("minimum-wrong", "corruptContainer", with([](Parts& p) { p.header().labelColumns[2].summary.minimum -= 1; }));
  add("maximum-not-a-number", "corruptContainer", with([](Parts& p) {
        p.header().labelColumns[2].summary.maximum = std::numeric_limits<double>::quiet_NaN();
      }));
  add("minimum-of-categories", "corruptContainer", with([](Parts& p) { p.header().labelColumns[0].summary.minimum = 1; }));
  add("number-infinite", "corruptContainer",
      with([](Parts& p) { put(p.bytes("labels/2/number"), 0, std::numeric_limits<double>::infinity()); }));
  add("text-offsets-descend", "corruptContainer", with([](Parts& p) { put(p.bytes("labels/3/offset"), 1, uint64_t{1} << 63); }));
  add("text-offsets-not-from-0", "corruptContainer", with([](Parts& p) { put(p.bytes("labels/3/offset"), 0, uint64_t{1}); }));
  add("text-offsets-end-early", "corruptContainer", with([](Parts& p) {
        p.bytes("labels/3/text").push_back('x');
        ++p.section("labels/3/text").shape[0];
      }));
  add("label-not-utf-8", "corruptContainer", with([](Parts& p) { p.bytes("labels/3/text")[0] = 0x80; }));
  add("label-with-escape", "corruptContainer", with([](Parts& p) { p.bytes("labels/3/text")[0] = 0x1B; }));
  add("state-2", "corruptContainer", with([](Parts& p) { p.bytes("labels/4/states")[0] = 2; }));
  add("year-0", "corruptContainer", with([](Parts& p) { put(p.bytes("labels/5/year"), 0, int32_t{0}); }));
  add("year-10000", "corruptContainer", with([](Parts& p) { put(p.bytes("labels/5/year"), 0, int32_t{10000}); }));
  add("labels-of-a-group-differ", "corruptContainer", with([](Parts& p) {
        // One record of the first group changes sides; the counts follow.
        const size_t row = rowOf(p.bytes("groups/0"), 0);
        Bytes& outcome = p.bytes("labels/6/index");
        const auto before = get<uint32_t>(outcome, row);
        put(outcome, row, missingIndex);
        ColumnSummary& summary = p.header().labelColumns[6].summary;
        ++summary.missingCount;
        if (before != missingIndex) --summary.counts[before];
        if (before == missingIndex) put(outcome, row, uint32_t{0}), summary.missingCount -= 2, ++summary.counts[0];
      }));
}

}  // namespace

void addInvalidRecords(std::vector<Vector>& vectors) {
  const auto changesOf = [](const Bytes& good) { return [good](const Change& change) { return remake(good, change); }; };
  Invalid add(vectors, 401);
  addIdsAndViews(add, changesOf(viewsFile()));
  addGroupsAndSplits(add, changesOf(viewsFile()));
  addLabels(add, changesOf(labelsFile()));
}

void addInvalidFeatures(std::vector<Vector>& vectors) {
  Invalid add(vectors, 501);
  const Bytes f32 = simpleFile(FeatureType::f32), i8 = simpleFile(FeatureType::i8);
  add("feature-changed", "hashMismatch", changed(f32, [](Bytes& f) { f[static_cast<size_t>(takeApart(f).preamble.featuresOffset)] ^= 1; }));
  add("optional-section-changed", "hashMismatch", changed(f32, [](Bytes& f) {
        f[static_cast<size_t>(takeApart(f).section("features/0/moments").offsetBytes)] ^= 1;
      }));
  add("feature-not-a-number", "nonFiniteFeature",
      remake(f32, [](Parts& p) { put(p.bytes("features/0"), 0, std::numeric_limits<float>::quiet_NaN()); }));
  add("feature-infinite-f16", "nonFiniteFeature",
      remake(simpleFile(), [](Parts& p) { put(p.bytes("features/0"), 5, uint16_t{0x7C00}); }));
  add("feature-infinite-bf16", "nonFiniteFeature",
      remake(simpleFile(FeatureType::bf16), [](Parts& p) { put(p.bytes("features/0"), 5, uint16_t{0xFF80}); }));
  add("feature-infinite-by-scale", "nonFiniteFeature", remake(i8, [](Parts& p) {
        put(p.bytes("features/0/scale"), 0, std::numeric_limits<float>::max());
        put(p.bytes("features/0/zero-point"), 0, 1000.0f);
      }));
  add("scale-zero", "corruptContainer", remake(i8, [](Parts& p) { put(p.bytes("features/0/scale"), 0, 0.0f); }));
  add("scale-negative", "corruptContainer", remake(i8, [](Parts& p) { put(p.bytes("features/0/scale"), 1, -1.0f); }));
  add("zero-point-infinite", "corruptContainer", remake(i8, [](Parts& p) {
        put(p.bytes("features/0/zero-point"), 0, std::numeric_limits<float>::infinity());
      }));
  add("odd-row-of-i4-ends-with-bits", "corruptContainer", remake(bytesOf(exampleRows(4, 3, 2), 3, FeatureType::i4, 1), [](Parts& p) {
        p.bytes("features/0")[1] |= 0x10;
      }));
  add("duplicate-count-wrong", "corruptContainer", remake(f32, [](Parts& p) { ++p.header().features[0].duplicateCount; }));
  const auto moment = [&](const std::string& name, size_t at, float change) {
    add(name, "corruptContainer", remake(f32, [&](Parts& p) {
          Bytes& moments = p.bytes("features/0/moments");
          put(moments, at, get<float>(moments, at) + change);
        }));
  };
  moment("mean-wrong", 0, 0.01f);
  moment("standard-deviation-wrong", 4, 0.01f);
  moment("minimum-of-features-wrong", 8, -0.001f);
  moment("maximum-of-features-wrong", 12, 0.001f);
}

}  // namespace pith::test
