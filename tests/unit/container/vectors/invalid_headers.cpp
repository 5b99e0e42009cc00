// SPDX-License-Identifier: Apache-2.0
// What breaks a rule of the header that no record has a part in.
#include <limits>

#include "unit/container/vectors/capnp_words.h"
#include "unit/container/vectors/invalid.h"

namespace pith::test {
namespace {

using Header = ContainerHeader;

void addEncoders(Invalid& add, const auto& with) {
  add("no-encoders", "corruptContainer", with([](Header& h) { h.encoders.clear(); }));
  add("encoder-outside", "corruptContainer", with([](Header& h) { h.features[2].encoder = 2; }));
  add("encoder-without-features", "corruptContainer", with([](Header& h) { h.encoders[1].info.featureCount = 0; }));
  add("encoder-with-too-many-features", "corruptContainer",
      with([](Header& h) { h.encoders.push_back(h.encoders[0]); h.encoders[2].info.featureCount = (1 << 20) + 1; }));
  add("block-name-empty", "corruptContainer", with([](Header& h) { h.features[1].name = ""; }));
  add("block-name-twice", "corruptContainer", with([](Header& h) { h.features[1].name = h.features[0].name; }));
  add("tap-of-9-axes", "corruptContainer", with([](Header& h) { h.encoders[0].info.tapShape.resize(9, 1); }));
  add("pooling-unknown", "unsupportedVersion", with([](Header& h) { h.encoders[1].info.pooling = Pooling{99}; }));
  add("pooling-without-power", "corruptContainer", with([](Header& h) { h.encoders[1].info.poolingPower = 0; }));
  add("pooling-power-infinite", "corruptContainer",
      with([](Header& h) { h.encoders[1].info.poolingPower = std::numeric_limits<float>::infinity(); }));
  add("pooling-power-of-average", "corruptContainer", with([](Header& h) { h.encoders[0].info.poolingPower = 3; }));
  add("entries-descend", "corruptContainer",
      with([](Header& h) { std::swap(h.encoders[0].model[0], h.encoders[0].model[1]); }));
  add("entry-twice", "corruptContainer", with([](Header& h) { h.encoders[0].model[1] = h.encoders[0].model[0]; }));
  add("entry-without-key", "corruptContainer", with([](Header& h) { h.encoders[0].training[0].first = ""; }));
  add("narrowing-error-negative", "corruptContainer", with([](Header& h) { h.features[0].narrowing.maxAbsolute = -1; }));
  add("narrowing-error-not-a-number", "corruptContainer",
      with([](Header& h) { h.features[0].narrowing.relativeL2 = std::numeric_limits<double>::quiet_NaN(); }));
}

void addColumns(Invalid& add, const auto& with) {
  add("column-name-empty", "corruptContainer", with([](Header& h) { h.labelColumns[0].name = ""; }));
  add("column-name-twice", "corruptContainer", with([](Header& h) { h.labelColumns[0].name = "age"; }));
  add("column-type-unknown", "unsupportedVersion", with([](Header& h) { h.labelColumns[0].type = LabelType{6}; }));
  add("column-role-unknown", "unsupportedVersion", with([](Header& h) { h.labelColumns[0].role = ColumnRole{2}; }));
  add("category-twice", "corruptContainer", with([](Header& h) { h.labelColumns[0].categories[2] = "normal"; }));
  add("category-empty", "corruptContainer", with([](Header& h) { h.labelColumns[1].categories[2] = ""; }));
  add("number-with-categories", "corruptContainer", with([](Header& h) { h.labelColumns[2].categories = {"one"}; }));
  add("multi-label-without-categories", "corruptContainer", with([](Header& h) { h.labelColumns[4].categories.clear(); }));
  add("codes-without-categories", "corruptContainer", with([](Header& h) { h.labelColumns[0].codes.pop_back(); }));
  add("unit-of-text", "corruptContainer", with([](Header& h) { h.labelColumns[3].unit = "mm"; }));
  add("column-grouping-outside", "corruptContainer", with([](Header& h) { h.labelColumns[6].grouping = 2; }));
  add("grouping-name-twice", "corruptContainer", with([](Header& h) { h.groupings[1].name = "patient"; }));
  add("65-groupings", "corruptContainer", with([](Header& h) {
        for (int i = 2; i < 65; ++i) h.groupings.push_back({.name = std::to_string(i)});
      }));
  add("grouping-name-empty", "corruptContainer", with([](Header& h) { h.groupings[1].name = ""; }));
  add("split-name-twice", "corruptContainer", with([](Header& h) { h.splits[1].name = "main"; }));
  add("split-name-empty", "corruptContainer", with([](Header& h) { h.splits[1].name = ""; }));
  add("split-kind-unknown", "unsupportedVersion", with([](Header& h) { h.splits[0].kind = SplitKind{2}; }));
  add("split-without-parts", "corruptContainer", with([](Header& h) { h.splits[2].parts.clear(); h.splits[2].counts.clear(); }));
  add("split-of-255-parts", "corruptContainer", with([](Header& h) {
        for (int i = 1; i < 255; ++i) h.splits[2].parts.push_back(std::to_string(i));
        h.splits[2].counts.resize(255);
      }));
  add("part-twice", "corruptContainer", with([](Header& h) { h.splits[0].parts[2] = "train"; }));
  add("part-empty", "corruptContainer", with([](Header& h) { h.splits[0].parts[2] = ""; }));
  add("split-grouping-outside", "corruptContainer", with([](Header& h) { h.splits[0].grouping = 2; }));
  add("stratification-outside", "corruptContainer", with([](Header& h) { h.splits[0].stratifiedBy = 7; }));
}

void addRest(Invalid& add, const auto& with) {
  add("transform-twice", "corruptContainer", with([](Header& h) { h.transforms[1] = h.transforms[0]; }));
  add("transform-empty", "corruptContainer", with([](Header& h) { h.transforms.push_back(""); }));
  add("not-known-descends", "corruptContainer", with([](Header& h) { std::swap(h.notKnown[0], h.notKnown[1]); }));
  add("not-known-twice", "corruptContainer", with([](Header& h) { h.notKnown[1] = h.notKnown[0]; }));
  add("seconds-negative", "corruptContainer", with([](Header& h) { h.savings->headSeconds = -1; }));
  add("seconds-infinite", "corruptContainer",
      with([](Header& h) { h.savings->encodingSeconds = std::numeric_limits<double>::infinity(); }));
  add("1025-contacts", "corruptContainer", with([](Header& h) { h.dataset.contacts.assign(1025, Contact{}); }));
}

void addTexts(Invalid& add, const auto& with) {
  add("escape-in-title", "corruptContainer", with([](Header& h) { h.dataset.title = "\x1B[2J"; }));
  add("carriage-return-in-notes", "corruptContainer", with([](Header& h) { h.dataset.notes = "one\r\ntwo"; }));
  add("delete-in-contact", "corruptContainer", with([](Header& h) { h.dataset.contacts[0].email = "\x7F"; }));
  add("c1-control-in-category", "corruptContainer", with([](Header& h) { h.labelColumns[0].categories[1] = "\xC2\x9B"; }));
  add("text-not-utf-8", "corruptContainer", with([](Header& h) { h.documents[0].title = "\xFF"; }));
  add("text-overlong", "corruptContainer", with([](Header& h) { h.documents[0].credits = "\xC0\xAF"; }));
  add("text-surrogate", "corruptContainer", with([](Header& h) { h.heads[0].note = "\xED\xA0\x80"; }));
  add("text-beyond-unicode", "corruptContainer", with([](Header& h) { h.splits[0].method = "\xF4\x90\x80\x80"; }));
  add("text-cut", "corruptContainer", with([](Header& h) { h.encoders[0].family = "\xE6\xBC"; }));
  add("name-too-long", "corruptContainer", with([](Header& h) { h.encoders[0].info.name = std::string(1025, 'n'); }));
  add("text-too-long", "corruptContainer", with([](Header& h) { h.dataset.citation = std::string(65537, 't'); }));
}

/// Another text in place of the first encoder's recipe, padded with spaces.
Bytes withRecipe(const Bytes& file, std::string text) {
  return remakeHeader(file, [&](Bytes& header) {
    const std::string before = recipeToJson(exampleEncoder(4).recipe).dump();
    const std::optional<size_t> at = findBytes(header, asBytes(before));
    ASSERT_TRUE(at && text.size() <= before.size());
    text.resize(before.size(), ' ');
    std::copy(text.begin(), text.end(), header.begin() + static_cast<ptrdiff_t>(*at));
  });
}

/// Files that differ from a good one by one change of the header.
auto changesOf(const Bytes& good) {
  return [good](const std::function<void(Header&)>& change) {
    return remake(good, [&](Parts& parts) { change(parts.header()); });
  };
}

void addRecipes(Invalid& add, const Bytes& good) {
  add("recipe-without-size", "corruptContainer", withRecipe(good, R"({"fit":"stretch"})"));
  add("recipe-not-json", "corruptContainer", withRecipe(good, "{'size':[224,192]}"));
  add("recipe-of-a-list", "corruptContainer", withRecipe(good, "[224,192]"));
  add("recipe-with-one-side", "corruptContainer", withRecipe(good, R"({"size":[224]})"));
  add("recipe-with-half-a-pixel", "corruptContainer", withRecipe(good, R"({"size":[224.5,192]})"));
  add("recipe-with-no-pixels", "corruptContainer", withRecipe(good, R"({"size":[0,192]})"));
}

/// One text of each kind.
Bytes textsFile() {
  ContainerHeader header = plainHeader(1, FeatureType::f32);
  header.dataset.contacts.resize(1);
  header.dataset.contacts[0].name = "somebody";
  header.labelColumns = {{"c", LabelType::categorical, {"a", "b"}}};
  header.splits = {{.name = "s", .parts = {"train"}}};
  header.documents = {{.title = "one"}};
  Head head;
  head.features = {0};
  head.layers = {{LayerKind::linear, 2, 0, 0}};
  header.heads = {head};
  return bytesOf(writerOf(header, {{{.splits = {uint8_t{0}}, .labels = {0u}}, {1}}}), {});
}

}  // namespace

void addInvalidHeaders(std::vector<Vector>& vectors) {
  Invalid addEncoder(vectors, 101);
  addEncoders(addEncoder, changesOf(encodersFile()));
  addRecipes(addEncoder, encodersFile());
  Invalid addColumn(vectors, 131);
  addColumns(addColumn, changesOf(recordsFile()));
  Invalid addOther(vectors, 161);
  addRest(addOther, changesOf(recordsFile()));
  addTexts(addOther, changesOf(textsFile()));
}

void addInvalidHeads(std::vector<Vector>& vectors) {
  const auto with = [](const std::function<void(Head&)>& change, size_t head = 0) {
    return remake(headFile(head), [&](Parts& parts) { change(parts.header().heads[0]); });
  };
  Invalid add(vectors, 201);
  const auto bad = [&](const std::string& name, const std::function<void(Head&)>& change, size_t head = 0) {
    add("head-" + name, "corruptContainer", with(change, head));
  };
  bad("label-outside", [](Head& h) { h.label = 7; });
  bad("without-features", [](Head& h) { h.features.clear(); });
  bad("features-twice", [](Head& h) { h.features = {0, 0}; });
  bad("features-outside", [](Head& h) { h.features = {3}; });
  bad("split-outside", [](Head& h) { h.split = 1; });
  bad("part-outside", [](Head& h) { h.score->part = 3; });
  bad("part-without-split", [](Head& h) { h.split.reset(); });
  bad("without-layers", [](Head& h) { h.layers.clear(); });
  bad("of-65-layers", [](Head& h) { h.layers.insert(h.layers.begin(), 63, Layer{LayerKind::relu, 0, 0, 0}); });
  bad("last-layer-not-linear", [](Head& h) { h.layers.push_back({LayerKind::relu, 0, 0, 0}); });
  bad("linear-without-outputs", [](Head& h) { h.layers[5].outputs = 0; }, 1);
  bad("linear-with-too-many-outputs", [](Head& h) { h.layers[5].outputs = (1 << 20) + 1; }, 1);
  bad("relu-with-outputs", [](Head& h) { h.layers[3].outputs = 8; }, 1);
  bad("dropout-of-everything", [](Head& h) { h.layers[4].rate = 1; }, 1);
  bad("dropout-not-a-number", [](Head& h) { h.layers[4].rate = std::numeric_limits<float>::quiet_NaN(); }, 1);
  bad("rate-of-linear", [](Head& h) { h.layers[1].rate = 0.5f; }, 1);
  bad("epsilon-negative", [](Head& h) { h.layers[0].epsilon = -1; });
  bad("epsilon-of-linear", [](Head& h) { h.layers[1].epsilon = 1; });
  bad("outputs-not-the-categories", [](Head& h) { h.layers.back().outputs = 2; h.classWeights.clear(); });
  bad("task-does-not-suit-label", [](Head& h) { h.label = 2; });
  bad("multi-label-of-categories", [](Head& h) { h.label = 0; }, 1);
  bad("regression-of-two", [](Head& h) { h.layers.back().outputs = 2; }, 2);
  bad("loss-does-not-suit-task", [](Head& h) { h.loss = Loss::meanSquaredError; });
  bad("class-weights-too-few", [](Head& h) { h.classWeights.pop_back(); });
  bad("class-weight-negative", [](Head& h) { h.classWeights[1] = -1; });
  bad("learning-rate-not-a-number", [](Head& h) { h.learningRate = std::numeric_limits<double>::quiet_NaN(); });
  bad("momentum-negative", [](Head& h) { h.momentum = -0.5; }, 1);
  bad("weight-decay-infinite", [](Head& h) { h.weightDecay = std::numeric_limits<double>::infinity(); });
  bad("score-without-metric", [](Head& h) { h.score->metric = ""; });
  bad("score-not-a-number", [](Head& h) { h.score->value = std::numeric_limits<double>::quiet_NaN(); });
  const auto unknown = [&](const std::string& name, const std::function<void(Head&)>& change) {
    add("head-" + name + "-unknown", "unsupportedVersion", with(change));
  };
  unknown("task", [](Head& h) { h.task = HeadTask{3}; });
  unknown("layer", [](Head& h) { h.layers[0].kind = LayerKind{10}; });
  unknown("loss", [](Head& h) { h.loss = Loss{4}; });
  unknown("optimizer", [](Head& h) { h.optimizer = Optimizer{4}; });
}

}  // namespace pith::test
