// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/edit.h"

#include "pith/container/describe.h"
#include "pith/transform/field_paths.h"
#include "pith/transform/header_from_json.h"
#include "pith/transform/leave_out.h"
#include "unit/transform/hospital.h"

namespace pith {
namespace {

using test::Hospital;
using test::Opened;
using test::written;

ContainerHeader header() { return test::hospitalHeader({}); }

TEST(Edit, sets_fields_by_number_and_by_name) {
  ContainerHeader h = header();
  ASSERT_TRUE(setField(h, "dataset.citation", "Cite me").ok());
  ASSERT_TRUE(setField(h, "dataset.original.licence", "CC0-1.0").ok());
  ASSERT_TRUE(setField(h, "labels.age.unit", "mo").ok());
  ASSERT_TRUE(setField(h, "labels.0.codingSystem", "ICD-10").ok());
  ASSERT_TRUE(setField(h, "encoders.small-net.weightsSource", "somewhere").ok());
  ASSERT_TRUE(setField(h, "documents.consent.txt.title", "Consent").ok());
  ASSERT_TRUE(setField(h, "encoders.0.training.batch_size", "32").ok());
  ASSERT_TRUE(setField(h, "encoders.0.model.a.key", "value").ok());
  EXPECT_EQ(h.dataset.citation, "Cite me");
  EXPECT_EQ(h.dataset.original.licence, "CC0-1.0");
  EXPECT_EQ(h.labelColumns[1].unit, "mo");
  EXPECT_EQ(h.labelColumns[0].codingSystem, "ICD-10");
  EXPECT_EQ(h.encoders[1].weightsSource, "somewhere");
  EXPECT_EQ(h.documents[0].title, "Consent");
  EXPECT_EQ(h.encoders[0].training, (Entries{{"batch_size", "32"}}));
  EXPECT_EQ(h.encoders[0].model, (Entries{{"a.key", "value"}}));
  ASSERT_TRUE(setField(h, "encoders.0.model.a.key", "").ok());
  EXPECT_TRUE(h.encoders[0].model.empty());
}

TEST(Edit, refuses_what_is_no_field_or_decides_how_features_are_computed) {
  for (const char* path : {"", "dataset", "dataset.", "dataset.titel", "titel", "encoders.0.tap",
                           "encoders.0.engine", "encoders.2.family", "labels.0.name", "labels.weight.unit",
                           "features.0.name", "records.0.name", "splits.0.method", "dataset.original",
                           "encoders.0.model.", "labels.-1.unit", "labels.99999999999999999999.unit"}) {
    ContainerHeader h = header();
    const Status status = setField(h, path, "x");
    ASSERT_FALSE(status.ok()) << path;
    EXPECT_EQ(status.error().code, ErrorCode::invalidArgument);
  }
}

TEST(Edit, knows_what_is_not_known) {
  ContainerHeader h = header();
  ASSERT_TRUE(declareNotKnown(h, "dataset.licence").ok());
  EXPECT_EQ(h.dataset.licence, "");
  EXPECT_EQ(h.notKnown,
            (std::vector<std::string>{"dataset.licence", "dataset.source", "labels.2.description"}));
  ASSERT_TRUE(setField(h, "dataset.source", "a clinic").ok());
  EXPECT_EQ(h.notKnown, (std::vector<std::string>{"dataset.licence", "labels.2.description"}));
  EXPECT_FALSE(declareNotKnown(h, "dataset.nothing").ok());
}

TEST(Edit, takes_over_the_json_that_describes_the_file) {
  const Opened source(Hospital{});
  const Json json = describeContainer(*source);
  Draft draft = *draftOf(*source);
  const Status status = applyJson(draft.header, *Json::parse(json.dump()));
  ASSERT_TRUE(status.ok()) << status.error().detail;
  ASSERT_TRUE(checkEdited(draft.header).ok());
  EXPECT_EQ(written(draft).bytes(), source.bytes());
}

TEST(Edit, takes_over_parts_of_it) {
  ContainerHeader h = header();
  const Json json = *Json::parse(R"({
    "dataset": {"title": "New", "original": {"author": "Somebody"},
                "contacts": [{"name": "Office", "kind": "hospital", "email": "office@example.org"}]},
    "labels": {"age": {"description": "at the time of the film"}},
    "encoders": [{"family": "A"}, {"training": {"z": "1", "a": "2"}}],
    "savings": {"originalCount": 3, "encodingSeconds": 1.5},
    "features": "passed over"})");
  const Status status = applyJson(h, json);
  ASSERT_TRUE(status.ok()) << status.error().detail;
  EXPECT_EQ(h.dataset.title, "New");
  EXPECT_EQ(h.dataset.author, "Radiology North");
  EXPECT_EQ(h.dataset.original.author, "Somebody");
  ASSERT_EQ(h.dataset.contacts.size(), 1u);
  EXPECT_EQ(h.dataset.contacts[0].kind, EntityKind::hospital);
  EXPECT_EQ(h.labelColumns[1].description, "at the time of the film");
  EXPECT_EQ(h.encoders[1].training, (Entries{{"a", "2"}, {"z", "1"}}));
  EXPECT_EQ(h.savings->encodingSeconds, 1.5);
  EXPECT_TRUE(checkEdited(h).ok());
}

TEST(Edit, refuses_json_that_it_does_not_understand) {
  for (const char* text :
       {"[]", "3", R"({"datasets": {}})", R"({"dataset": 3})", R"({"dataset": {"titel": "x"}})",
        R"({"dataset": {"title": 3}})", R"({"labels": {"weight": {}}})", R"({"labels": [{}]})",
        R"({"labels": 3})", R"({"notKnown": 3})", R"({"notKnown": [3]})", R"({"savings": {"epochs": -1}})",
        R"({"savings": 3})", R"({"encoders": [{"model": {"k": 3}}, {}]})",
        R"({"dataset": {"contacts": [{"kind": "dog"}]}})", R"({"heads": [{"name": "h"}]})"}) {
    ContainerHeader h = header();
    const Result<Json> json = Json::parse(text);
    ASSERT_TRUE(json.ok());
    const Status status = applyJson(h, *json);
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_EQ(status.error().code, ErrorCode::invalidArgument);
  }
}

TEST(Edit, reads_heads_that_name_what_they_use) {
  ContainerHeader h = header();
  const Json json = *Json::parse(
      R"({"name": "mlp", "task": "multiLabel", "label": "findings", "features": ["small"], "split": "holdout",
    "layers": [{"kind": "standardize", "epsilon": 1e-6}, {"kind": "linear", "outputs": 8}, {"kind": "relu"}, {"kind": "dropout", "rate": 0.5},
               {"kind": "linear", "outputs": 3}],
    "loss": "binaryCrossEntropy", "classWeights": [1, 2, 3], "optimizer": "adamW", "learningRate": 0.001, "batchSize": 64, "epochs": 20,
    "seed": "18446744073709551615", "scoreMetric": "AUROC", "score": 0.8, "scorePart": "test"})");
  const Status status = setHeads(h, json);
  ASSERT_TRUE(status.ok()) << status.error().detail;
  ASSERT_TRUE(checkEdited(h).ok()) << checkEdited(h).error().detail;
  ASSERT_EQ(h.heads.size(), 1u);
  EXPECT_EQ(h.heads[0].label, 4u);
  EXPECT_EQ(h.heads[0].features, (std::vector<uint32_t>{1}));
  EXPECT_EQ(h.heads[0].split, 0u);
  EXPECT_EQ(h.heads[0].layers[1].outputs, 8u);
  EXPECT_EQ(h.heads[0].seed, ~uint64_t{0});
  EXPECT_EQ(h.heads[0].score->part, 1u);
  const Result<Head> again = headFromJson(describeHead(h.heads[0]), h);
  ASSERT_TRUE(again.ok()) << again.error().detail;
  EXPECT_EQ(describeHead(*again).dump(), describeHead(h.heads[0]).dump());
  const std::string text = json.dump();
  const auto refuses = [&](const char* from, const char* to) {
    std::string other = text;
    const size_t at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    other.replace(at, std::string_view(from).size(), to);
    EXPECT_FALSE(setHeads(h, *Json::parse(other)).ok()) << to;
  };
  refuses("\"findings\"", "\"nothing\"");
  refuses("[\"small\"]", "[2]");
  refuses("\"holdout\"", "\"other\"");
  refuses("\"relu\"", "\"relux\"");
  refuses("\"outputs\":8", "\"outputs\":-8");
  refuses("\"learningRate\"", "\"learnRate\"");
  refuses("\"test\"", "\"tset\"");
  refuses("[1,2,3]", "[1,\"2\",3]");
  refuses("\"AUROC\"", "\"\"");
}

TEST(Edit, changes_no_feature_and_no_record) {
  const Opened source(Hospital{});
  Draft draft = *draftOf(*source);
  ASSERT_TRUE(setField(draft.header, "dataset.title", "Other").ok());
  const Opened edited = written(draft);
  EXPECT_EQ(edited->header().dataset.title, "Other");
  EXPECT_TRUE(std::ranges::equal(edited->storedFeatures(0), source->storedFeatures(0)));
  for (size_t row = 0; row < source->recordCount(); ++row) {
    EXPECT_EQ(edited->id(row), source->id(row));
    EXPECT_EQ(edited->record(row).labels, source->record(row).labels);
  }
}

TEST(LeaveOut, removes_documents_and_renumbers_what_names_them) {
  const Opened source(Hospital{});
  Draft draft = *draftOf(*source);
  draft.header.documents.push_back({.fileName = "curve.png"});
  draft.documents.push_back({1, 2, 3});
  draft.header.encoders[0].performance = {
      {"pr_curve", "document:0"}, {"roc_curve", "document:1"}, {"note", "document: none"}};
  std::ranges::sort(draft.header.encoders[0].performance);
  draft.header.notKnown = {"documents.0.author", "documents.1.author"};
  removeDocument(draft, 0);
  const Opened result = written(draft);
  EXPECT_EQ(result->header().documents[0].fileName, "curve.png");
  EXPECT_EQ(*result->document(0), (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(result->header().encoders[0].performance,
            (Entries{{"note", "document: none"}, {"roc_curve", "document:0"}}));
  EXPECT_EQ(result->header().notKnown, (std::vector<std::string>{"documents.0.author"}));
}

TEST(LeaveOut, removes_splits_and_the_scores_that_were_of_their_parts) {
  const Opened source(Hospital{});
  Draft draft = *draftOf(*source);
  removeSplit(draft, 0);
  const Opened result = written(draft);
  EXPECT_TRUE(result->header().splits.empty());
  EXPECT_FALSE(result->header().heads[0].split.has_value());
  EXPECT_FALSE(result->header().heads[0].score.has_value());
}

TEST(FieldPaths, are_all_found_again) {
  ContainerHeader h = header();
  const std::vector<std::string> paths = textFieldPaths(h);
  EXPECT_GT(paths.size(), 50u);
  for (const std::string& path : paths) EXPECT_NE(textField(h, path), nullptr) << path;
}

}  // namespace
}  // namespace pith
