// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/convert.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "pith/container/reader.h"
#include "pith/dof/stored_zip.h"

namespace pith::dof {
namespace {

std::vector<uint8_t> fileBytes(const std::string& name) {
  std::ifstream file(PITH_TEST_DATA "/dof/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<std::vector<uint8_t>> importArchive(const std::vector<uint8_t>& bytes,
                                           const ConvertOptions& options = {}) {
  PITH_ASSIGN_OR_RETURN(const StoredZip zip, StoredZip::open(bytes));
  const MemberReader read = [&](const std::string& name) { return zip.read(name); };
  PITH_ASSIGN_OR_RETURN(Dataset dataset, Dataset::read(read));
  PITH_ASSIGN_OR_RETURN(const ContainerWriter writer, convert(std::move(dataset), read, options));
  return writer.toBytes({});
}

TEST(DofConvert, keepsFeaturesLabelsAndWhatIsSaid) {
  const std::vector<uint8_t> archive = fileBytes("vectors.dof");
  ConvertOptions options;
  options.title = "Vectors";
  const Result<std::vector<uint8_t>> bytes = importArchive(archive, options);
  ASSERT_TRUE(bytes) << bytes.error().detail;
  const Result<Container> container = Container::open(*bytes);
  ASSERT_TRUE(container) << container.error().detail;
  EXPECT_TRUE(container->verify());
  const ContainerHeader& header = container->header();
  EXPECT_EQ(header.dataset.title, "Vectors");
  EXPECT_EQ(header.dataset.author, "A maker of sets");
  EXPECT_EQ(header.dataset.contact, "sets@example.org");
  EXPECT_EQ(header.dataset.licence, "");
  EXPECT_EQ(header.dataset.original.author, "An author of pictures");
  EXPECT_EQ(header.dataset.original.licence, "CC-BY-4.0");
  EXPECT_EQ(header.dataset.notes, "favourite_colour: blue");
  EXPECT_EQ(header.notKnown, (std::vector<std::string>{"dataset.licence"}));
  ASSERT_EQ(header.encoders.size(), 1u);
  EXPECT_EQ(header.encoders[0].family, "ResNet");
  EXPECT_EQ(header.encoders[0].type, "ResNet-18");
  EXPECT_FALSE(header.encoders[0].modelKnown);
  EXPECT_FALSE(header.encoders[0].recipeKnown);
  EXPECT_EQ(header.encoders[0].model, (Entries{{"coremodel_common", "true"}}));
  ASSERT_EQ(container->recordCount(), 6u);
  EXPECT_EQ(container->featureCount(), 5u);
  ASSERT_EQ(header.labelColumns.size(), 6u);
  EXPECT_EQ(header.labelColumns[0].name, "y");
  EXPECT_EQ(header.labelColumns[5].name, "source");

  // The archive's elements, each found again by its values.
  const Result<StoredZip> zip = StoredZip::open(archive);
  for (uint32_t i = 0; i < 6; ++i) {
    const Result<Tensor> x = readTensorPickle(*zip->read(elementMember(i)));
    ASSERT_TRUE(x);
    size_t found = 0;
    for (size_t row = 0; row < 6; ++row) {
      if (*container->features(row) != x->values) continue;
      ++found;
      EXPECT_EQ(container->label(0, row), LabelValue(i % 3));
      const bool isSaid = i % 2 == 1;
      EXPECT_EQ(std::holds_alternative<std::monostate>(container->label(5, row)), !isSaid);
    }
    EXPECT_EQ(found, 1u);
  }
}

TEST(DofConvert, keepsListsAsMultiLabelAndGridsAsRows) {
  const Result<std::vector<uint8_t>> bytes = importArchive(fileBytes("answers.dof"));
  ASSERT_TRUE(bytes) << bytes.error().detail;
  const Result<Container> container = Container::open(*bytes);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->featureCount(), 4u);
  EXPECT_EQ(container->header().labelColumns[0].type, LabelType::multiLabel);
  EXPECT_EQ(container->header().encoders[0].architectureSource, "https://example.org/a");
  EXPECT_EQ(container->header().encoders[0].weightsSource, "https://example.org/w");
  size_t threePresent = 0;
  for (size_t row = 0; row < 4; ++row) {
    if (container->label(0, row) != LabelValue(States(3, State::present))) continue;
    ++threePresent;
    EXPECT_EQ(container->features(row)->front(), 2.0F);
  }
  EXPECT_EQ(threePresent, 1u);
}

TEST(DofConvert, refusesShapesThatDiffer) {
  const std::string numbers =
                        "]q\x01(K\x01K\x02"
                        "e.",
                    fewer =
                        "]q\x01(K\x01"
                        "e.",
                    none = "].";
  const auto convertWith = [&](const std::string& second) {
    const MemberReader read = [&](const std::string& name) -> Result<ByteView> {
      return asBytes(name == "1.out" ? second : numbers);
    };
    Dataset dataset;
    dataset.elements = {{.y = 1, .facts = {}}, {.y = 2, .facts = {}}};
    const Result<ContainerWriter> writer = convert(std::move(dataset), read, {});
    return writer ? std::string() : std::string(errorName(writer.error().code)) + " " + writer.error().detail;
  };
  EXPECT_EQ(convertWith(numbers), "");
  EXPECT_EQ(convertWith(fewer), "unsupportedDof element 1: its x has the shape 1, the first has 2");
  EXPECT_EQ(convertWith(none), "unsupportedDof element 1: its x has no value");
  EXPECT_EQ(convertWith("cos\nsystem\n."),
            "unsafePickle element 1: the pickle asks for os.system; only the names that rebuild "
            "tensors and NumPy arrays are allowed, and nothing was run");
  EXPECT_TRUE(convertWith("](G\x7f\xf8" + std::string(6, '\0') +
                          "K\x01"
                          "e.")
                  .starts_with("nonFiniteFeature element 1: "));
}

}  // namespace
}  // namespace pith::dof
