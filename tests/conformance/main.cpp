// SPDX-License-Identifier: Apache-2.0
// pith_conformance FOLDER: one line for each case below the folder: verdict, name and reason, separated by tabs.
#include <algorithm>
#include <iostream>

#include "conformance/case.h"

namespace {

namespace fs = std::filesystem;
using pith::conformance::Outcome;
using pith::conformance::Verdict;

void print(const std::string& name, const Outcome& outcome) {
  constexpr const char* words[] = {"passed", "refused", "wrong"};
  std::string reason = outcome.reason;
  std::ranges::replace_if(reason, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  std::cout << words[static_cast<size_t>(outcome.verdict)] << '\t' << name << '\t' << reason << std::endl;
}

void runFolder(const fs::path& folder, const std::string& name) {
  const auto cases = pith::conformance::readFolder(folder, name);
  if (!cases) return print(name, {Verdict::refused, cases.error().detail});
  for (const auto& test : *cases) print(test.name, pith::conformance::runCase(test));
}

void runLightModel(const fs::path& file, const std::string& name) {
  const auto test = pith::conformance::readLightModel(file, name);
  print(name, test ? pith::conformance::runCase(*test) : Outcome{Verdict::refused, test.error().detail});
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 || !fs::is_directory(arguments[1])) {
    std::cerr << "usage: pith_conformance FOLDER\n";
    return 2;
  }
  const fs::path root = arguments[1];
  std::vector<fs::path> entries;
  for (const auto& entry : fs::recursive_directory_iterator(root)) entries.push_back(entry.path());
  if (fs::exists(root / "model.onnx")) entries.push_back(root / "model.onnx");
  std::ranges::sort(entries);
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  for (const fs::path& file : entries) {
    if (file.extension() != ".onnx") continue;
    const std::string name = fs::relative(file, root).replace_extension().string();
    if (file.filename() != "model.onnx") {
      runLightModel(file, name);
      continue;
    }
    const fs::path folder = fs::relative(file.parent_path(), root);
    runFolder(file.parent_path(), folder == "." ? fs::absolute(root).lexically_normal().filename().string() : folder.string());
  }
  return 0;
}
