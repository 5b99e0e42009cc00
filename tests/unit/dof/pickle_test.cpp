// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "pith/base/json.h"
#include "pith/dof/pickle_names.h"
#include "pith/dof/tensor.h"

namespace pith::dof {
namespace {

std::vector<uint8_t> bytesFromHex(std::string_view hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

/// Pickles that tests/reference/make_dof.py had Python make.
Json::Array pickles() {
  std::ifstream file(PITH_TEST_DATA "/dof/pickles.json");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const Result<Json> json = Json::parse(text);
  return json ? *json->asArray() : Json::Array();
}

/// A pickle from pieces: text as it is.
std::string operator""_p(const char* text, size_t length) { return {text, length}; }

Result<Tensor> read(const std::string& pickle) { return readTensorPickle(asBytes(pickle)); }

void expectRefused(const std::string& pickle, ErrorCode code, const std::string& words) {
  const Result<Tensor> tensor = read(pickle);
  ASSERT_FALSE(tensor) << words;
  EXPECT_EQ(errorName(tensor.error().code), errorName(code)) << tensor.error().detail;
  EXPECT_NE(tensor.error().detail.find(words), std::string::npos) << tensor.error().detail;
}

TEST(Pickle, readsWhatPythonWrites) {
  size_t seen = 0;
  for (const Json& entry : pickles()) {
    const Json* const values = entry.find("values");
    if (!values) continue;
    SCOPED_TRACE(*entry.find("name")->asString());
    const Result<Tensor> tensor = readTensorPickle(bytesFromHex(*entry.find("pickle")->asString()));
    ASSERT_TRUE(tensor) << tensor.error().detail;
    ASSERT_EQ(tensor->shape.size(), entry.find("shape")->asArray()->size());
    for (size_t i = 0; i < tensor->shape.size(); ++i)
      EXPECT_EQ(tensor->shape[i], *(*entry.find("shape")->asArray())[i].asInteger());
    ASSERT_EQ(tensor->values.size(), values->asArray()->size());
    for (size_t i = 0; i < tensor->values.size(); ++i) {
      // Every value was rounded to float32 once, by NumPy there and by us here: to nearest, so they are
      // equal.
      ASSERT_EQ(tensor->values[i], static_cast<float>((*values->asArray())[i].number())) << "value " << i;
    }
    ++seen;
  }
  EXPECT_GT(seen, 200u);
}

TEST(Pickle, refusesWhatPythonWritesAndNoTensorNeeds) {
  size_t seen = 0;
  for (const Json& entry : pickles()) {
    const Json* const code = entry.find("refused");
    if (!code) continue;
    SCOPED_TRACE(*entry.find("name")->asString());
    const Result<Tensor> tensor = readTensorPickle(bytesFromHex(*entry.find("pickle")->asString()));
    ASSERT_FALSE(tensor);
    EXPECT_EQ(errorName(tensor.error().code), *code->asString()) << tensor.error().detail;
    ++seen;
  }
  EXPECT_GT(seen, 100u);
}

TEST(Pickle, endsEarlyWithoutHarm) {
  for (const Json& entry : pickles()) {
    const std::string& name = *entry.find("name")->asString();
    if (!name.starts_with("torch_f32_") && !name.starts_with("numpy_fortran")) continue;
    std::vector<uint8_t> bytes = bytesFromHex(*entry.find("pickle")->asString());
    while (!bytes.empty()) {
      bytes.pop_back();
      EXPECT_FALSE(readTensorPickle(bytes)) << name << " with " << bytes.size() << " bytes";
    }
  }
}

TEST(Pickle, refusesGlobalsByName) {
  expectRefused("cos\nsystem\n(S'true'\ntR.", ErrorCode::unsafePickle, "os.system");
  expectRefused("cbuiltins\neval\n(V1\ntR.", ErrorCode::unsafePickle, "builtins.eval");
  expectRefused("\x80\x04\x8c\x02os\x8c\x06system\x93."_p, ErrorCode::unsafePickle, "os.system");
  expectRefused("c__main__\nNumpy\n.", ErrorCode::unsafePickle, "__main__.Numpy");
  expectRefused("ctorch\nload\n.", ErrorCode::unsafePickle, "torch.load");
  expectRefused("cnumpy.core.multiarray\n_reconstruct\n.", ErrorCode::unsupportedDof, "something other");
}

TEST(Pickle, showsForeignNamesSafely) {
  const Result<Tensor> tensor = read("ca\x1b[2Jb\nc d\n.");
  ASSERT_FALSE(tensor);
  EXPECT_NE(tensor.error().detail.find("a??2Jb.c?d"), std::string::npos) << tensor.error().detail;
  EXPECT_LT(read("c" + std::string(100'000, 'a') + "\nb\n.").error().detail.size(), 300u);
}

TEST(Pickle, refusesOpcodesByName) {
  const std::pair<std::string, const char*> opcodes[] = {
      {"i", "INST"},
      {"o", "OBJ"},
      {"\x81", "NEWOBJ"},
      {"\x92", "NEWOBJ_EX"},
      {"\x82\x01", "EXT1"},
      {"\x83\x01", "EXT2"},
      {"\x84\x01", "EXT4"},
      {"P1\n", "PERSID"},
      {"2", "DUP"},
      {"0", "POP"},
      {"1", "POP_MARK"},
      {"S'a'\n", "STRING"},
      {"\x8f", "EMPTY_SET"},
      {"\x90", "ADDITEMS"},
      {"\x91", "FROZENSET"},
      {"\x97", "NEXT_BUFFER"},
      {"\x98", "READONLY_BUFFER"},
      {"\x8b", "LONG4"},
      {"T", "BINSTRING"},
      {"U", "SHORT_BINSTRING"},
  };
  for (const auto& [opcode, name] : opcodes) {
    expectRefused("((K\x01" + opcode + ".", ErrorCode::unsafePickle,
                  std::string("the opcode ") + name + " (");
  }
  expectRefused("\xff.", ErrorCode::unsafePickle, "unknown (ff)");
}

TEST(Pickle, refusesPersistentIdsOutsideOfStorages) {
  expectRefused("K\x01Q.", ErrorCode::unsafePickle, "BINPERSID");
}

TEST(Pickle, refusesBuildOnAnythingButArrays) {
  expectRefused(
      "]K\x01\x85"
      "b.",
      ErrorCode::unsafePickle, "BUILD");
  expectRefused("}}b.", ErrorCode::unsafePickle, "BUILD");
  expectRefused("cnumpy\nndarray\n)b.", ErrorCode::unsafePickle, "BUILD");
}

TEST(Pickle, refusesCallsOfValues) {
  expectRefused("K\x01)R.", ErrorCode::unsafePickle, "no name of the allow-list");
  expectRefused("cnumpy\nndarray\n)R.", ErrorCode::unsafePickle, "only be mentioned");
  expectRefused("ctorch\nFloatStorage\n)R.", ErrorCode::unsafePickle, "only be mentioned");
  expectRefused("ccollections\nOrderedDict\nK\x01R.", ErrorCode::corruptDof, "no tuple");
}

TEST(Pickle, refusesNewerProtocols) {
  expectRefused("\x80\x06K\x01.", ErrorCode::unsupportedDof, "protocol 6");
}

TEST(Pickle, refusesLengthsThatTheFileHasNot) {
  expectRefused("X\xff\xff\xff\xff."_p, ErrorCode::corruptDof, "4294967295 bytes");
  expectRefused("\x8d\xff\xff\xff\xff\xff\xff\xff\xff."_p, ErrorCode::corruptDof,
                "18446744073709551615 bytes");
  expectRefused("\x8e\xff\xff\xff\xff\xff\xff\xff\x7f."_p, ErrorCode::corruptDof, "bytes");
  expectRefused("\x96\x00\x00\x00\x00\x01\x00\x00\x00."_p, ErrorCode::corruptDof, "bytes");
  expectRefused("\x95\xff\xff\xff\xff\xff\xff\xff\xff."_p, ErrorCode::corruptDof, "frame");
  expectRefused("\x8a\xff\x01.", ErrorCode::corruptDof, "too early");
}

TEST(Pickle, refusesBrokenStacks) {
  expectRefused(".", ErrorCode::corruptDof, "one value");
  expectRefused("K\x01K\x02.", ErrorCode::corruptDof, "one value");
  expectRefused("(.", ErrorCode::corruptDof, "one value");
  expectRefused("\x85.", ErrorCode::corruptDof, "where there is none");
  expectRefused("(\x85.", ErrorCode::corruptDof, "mark");
  expectRefused("t.", ErrorCode::corruptDof, "mark");
  expectRefused(
      "K\x01K\x02"
      "a.",
      ErrorCode::corruptDof, "no list");
  expectRefused(
      "K\x01"
      "K\x02s.",
      ErrorCode::corruptDof, "dict");
  expectRefused("(K\x01u.", ErrorCode::corruptDof, "dict");
  expectRefused("K\x01.K\x01.", ErrorCode::corruptDof, "follows");
}

TEST(Pickle, refusesMemoryThatIsNotThere) {
  expectRefused("h\x05.", ErrorCode::corruptDof, "never remembered");
  expectRefused("K\x01q\x01h\x00."_p, ErrorCode::corruptDof, "never remembered");
  expectRefused("K\x01r\xff\xff\xff\xff.", ErrorCode::unsupportedDof, "far ahead");
  expectRefused("K\x01p99999999999999999999\n.", ErrorCode::corruptDof, "no number");
  expectRefused("q\x00."_p, ErrorCode::corruptDof, "where there is none");
}

TEST(Pickle, survivesListsThatHoldThemselves) {
  expectRefused(
      "]q\x00h\x00"
      "a."_p,
      ErrorCode::unsupportedDof, "deeper");
}

/// Each list holds the one inside of it ten times; written out it would have 10^8 numbers.
TEST(Pickle, refusesListsThatGrowWithoutBound) {
  std::string bomb = "K\x01";
  for (char level = 0; level < 8; ++level) {
    bomb = "](" + bomb + "q" + std::string(1, level);
    for (int i = 1; i < 10; ++i) bomb += "h" + std::string(1, level);
    bomb += "e";
  }
  expectRefused(bomb + ".", ErrorCode::unsupportedDof, "more than 1048576 values");
  std::string hollow = "]";  // the same without a number in it
  for (char level = 0; level < 7; ++level) {
    hollow = "](" + hollow + "q" + std::string(1, level);
    for (int i = 1; i < 100; ++i) hollow += "h" + std::string(1, level);
    hollow += "e";
  }
  expectRefused(hollow + ".", ErrorCode::unsupportedDof, "more than 1048576 values");
}

TEST(Pickle, boundsWhatOneBytePushes) {
  expectRefused(std::string(3'000'000, ']') + ".", ErrorCode::unsupportedDof, "too many lists");
  expectRefused(std::string(3'000'000, 'N') + ".", ErrorCode::unsupportedDof, "more values");
  expectRefused(std::string(3'000'000, '(') + ".", ErrorCode::unsupportedDof, "more values");
  expectRefused("N" + std::string(3'000'000, '\x94') + ".", ErrorCode::unsupportedDof, "far ahead");
  expectRefused("](" + std::string(1'000'000, 'N') + "e(" + std::string(1'000'000, 'N') + "e(" +
                    std::string(1'000'000, 'N') + "e.",
                ErrorCode::unsupportedDof, "more values");
}

TEST(Pickle, boundsTextsThatAreMadeAgainAndAgain) {
  std::string bomb =
      "\x80\x02"
      "c_codecs\nencode\nq" +
      "\x00"_p + "X\x00\x04\x00\x00"_p + std::string(1024, 'a') + "X\x06\x00\x00\x00latin1\x86q\x01"_p;
  for (int i = 0; i < 1000; ++i) bomb += "h\x00h\x01R"_p;
  expectRefused(bomb + ".", ErrorCode::unsupportedDof, "more bytes than it has");
}

/// A storage that PyTorch saved, around which a test builds what it likes.
std::string savedStorage() {
  for (const Json& entry : pickles()) {
    if (*entry.find("name")->asString() != "torch_f32_4") continue;
    const std::vector<uint8_t> bytes = bytesFromHex(*entry.find("pickle")->asString());
    const std::string pickle(asText(bytes));
    const size_t start = pickle.find("B") + 1;  // BINBYTES, then its length
    uint32_t length;
    std::memcpy(&length, pickle.data() + start, sizeof length);
    return pickle.substr(start + 4, length);
  }
  return {};
}

std::string binBytes(const std::string& bytes) {
  std::string out = "B";
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((bytes.size() >> shift) & 0xFF);
  return out + bytes;
}

std::string tensorOver(const std::string& storage, const std::string& offsetSizeStride) {
  return "\x80\x03"
         "ctorch._utils\n_rebuild_tensor_v2\n(ctorch.storage\n_load_from_bytes\n" +
         binBytes(storage) + "\x85R" + offsetSizeStride + "\x89}tR.";
}

TEST(Pickle, keepsTensorsInsideOfTheirStorage) {
  const std::string storage = savedStorage();
  ASSERT_FALSE(storage.empty());
  EXPECT_TRUE(read(tensorOver(storage, "K\x00K\x06\x85K\x01\x85"_p)));
  EXPECT_TRUE(read(tensorOver(storage, "K\x05K\x01\x85K\x63\x85"_p)));
  expectRefused(tensorOver(storage, "K\x01K\x06\x85K\x01\x85"_p), ErrorCode::corruptDof,
                "outside of its storage");
  expectRefused(tensorOver(storage, "K\x00K\x06\x85K\x02\x85"_p), ErrorCode::corruptDof,
                "outside of its storage");
  expectRefused(tensorOver(storage, "K\x06K\x01\x85K\x01\x85"_p), ErrorCode::corruptDof,
                "outside of its storage");
  expectRefused(tensorOver(storage, "J\xff\xff\xff\xffK\x01\x85K\x01\x85"_p), ErrorCode::corruptDof,
                "wrong values");
  expectRefused(tensorOver(storage, "K\x00K\x02\x85J\xff\xff\xff\xff\x85"_p), ErrorCode::unsupportedDof,
                "negative");
  expectRefused(tensorOver(storage, "K\x00J\xff\xff\xff\x7f\x85K\x00\x85"_p), ErrorCode::unsupportedDof,
                "more than");
  expectRefused(tensorOver(storage, "K\x00J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86K\x00K\x00\x86"_p),
                ErrorCode::corruptDof, "outside");
  expectRefused(tensorOver(storage, "K\x00K\x02\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"_p),
                ErrorCode::unsupportedDof, "too large");
}

TEST(Pickle, refusesStoragesThatAreNotWhole) {
  const std::string storage = savedStorage();
  const std::string view = "K\x00K\x06\x85K\x01\x85"_p;
  expectRefused(tensorOver(storage.substr(0, storage.size() - 1), view), ErrorCode::corruptDof,
                "bytes that it says");
  expectRefused(tensorOver(storage + "x", view), ErrorCode::corruptDof, "bytes that it says");
  expectRefused(tensorOver("", view), ErrorCode::corruptDof, "too early");
  expectRefused(tensorOver("K\x01.", view), ErrorCode::corruptDof, "does not start");
  std::string evil = storage;
  evil.replace(evil.find("ctorch\nFloatStorage\n"), 20, "cos\nsystem\nFloatStor");
  expectRefused(tensorOver(evil, view), ErrorCode::unsafePickle, "os.system");
  const std::string nested = "ctorch.storage\n_load_from_bytes\n" + binBytes(storage) + "\x85R.";
  expectRefused(tensorOver(nested, view), ErrorCode::unsafePickle, "nests");
}

TEST(Pickle, boundsStoragesThatAreReadAgainAndAgain) {
  std::string bomb =
      "\x80\x03"
      "ctorch.storage\n_load_from_bytes\nq" +
      "\x00"_p + binBytes(savedStorage()) + "\x85q\x01";
  for (int i = 0; i < 50; ++i) bomb += "h\x00h\x01R"_p;
  expectRefused(bomb + ".", ErrorCode::unsupportedDof, "again and again");
}

TEST(Pickle, refusesArraysWhoseBytesDoNotFit) {
  const auto array = [](const std::string& shape, const std::string& type, const std::string& bytes) {
    return "\x80\x03"
           "cnumpy.core.numeric\n_frombuffer\n(" +
           binBytes(bytes) + "cnumpy\ndtype\n(X\x02\x00\x00\x00"_p + type + "\x89\x88tR" + shape +
           "X\x01\x00\x00\x00"
           "CtR."_p;
  };
  EXPECT_TRUE(read(array("K\x02\x85", "f4", std::string(8, '\0'))));
  expectRefused(array("K\x02\x85", "f4", std::string(7, '\0')), ErrorCode::corruptDof,
                "bytes that its shape needs");
  expectRefused(array("J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", "f4", ""), ErrorCode::corruptDof,
                "bytes that its shape needs");
  expectRefused(array("K\x02\x85", "O8", std::string(16, '\0')), ErrorCode::unsupportedDof,
                "no plain number");
  const Result<Tensor> empty = read(array("K\x00J\xff\xff\xff\x7f\x86"_p, "f4", ""));
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->values.empty());
}

}  // namespace
}  // namespace pith::dof
