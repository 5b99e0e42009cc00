// SPDX-License-Identifier: Apache-2.0
// container_mutations COUNT SEED FILE...: reads COUNT files that were damaged at random: bits, bytes, ends, lengths, pieces
// that were copied elsewhere; as they are, or with some hashes put right so that what lies behind the hashes is reached.
// A damaged file may be refused or, where every hash was put right, be another file; it may never be taken for the one it
// was, crash, or take more memory than its bytes back.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <random>

#include "fuzz/read_container.h"
#include "fuzz/repaired.h"

namespace {

using Bytes = std::vector<uint8_t>;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PITH_COUNTS_MEMORY 0
#endif
#endif
#ifndef PITH_COUNTS_MEMORY
#define PITH_COUNTS_MEMORY 1
#endif

size_t heldBytes = 0, peakBytes = 0;

}  // namespace

#if PITH_COUNTS_MEMORY
// Every allocation carries its length in front of it.
void* operator new(size_t bytes) {
  auto* block = static_cast<size_t*>(std::malloc(bytes + 16));
  if (!block) throw std::bad_alloc();
  *block = bytes;
  heldBytes += bytes;
  peakBytes = heldBytes > peakBytes ? heldBytes : peakBytes;
  return reinterpret_cast<char*>(block) + 16;
}
void operator delete(void* pointer) noexcept {
  if (!pointer) return;
  auto* block = reinterpret_cast<size_t*>(static_cast<char*>(pointer) - 16);
  heldBytes -= *block;
  std::free(block);
}
void operator delete(void* pointer, size_t) noexcept { operator delete(pointer); }
#endif

namespace {

Bytes readFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : generator_(seed) {}

  size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(generator_() % bound); }

  void mutate(Bytes& file) {
    const size_t at = place(file.size());
    switch (below(7)) {
      case 0: flip(file, at); break;
      case 1: file[at] = static_cast<uint8_t>(generator_()); break;
      case 2: file.resize(at); break;
      case 3: addTo<uint32_t>(file, at); break;
      case 4: addTo<uint64_t>(file, at); break;
      case 5: copyPiece(file, at); break;
      default: file.insert(file.end(), 1 + below(200), static_cast<uint8_t>(below(2) * 255)); break;
    }
  }

 private:
  /// Half of the time in preamble and header, which say how to read the rest.
  size_t place(size_t size) { return below(2) == 0 ? below(std::min<size_t>(size, 4096)) : below(size); }

  void flip(Bytes& file, size_t at) { file[at] = static_cast<uint8_t>(file[at] ^ (1u << below(8))); }

  template <typename T>
  void addTo(Bytes& file, size_t at) {
    at -= at % sizeof(T);
    if (at + sizeof(T) > file.size()) return;
    constexpr int64_t steps[] = {1, -1, 8, -8, 64, -64, 1 << 16, -(1 << 16), int64_t{1} << 40, INT64_MIN};
    T value;
    std::memcpy(&value, file.data() + at, sizeof(T));
    value = static_cast<T>(static_cast<uint64_t>(value) + static_cast<uint64_t>(steps[below(std::size(steps))]));
    std::memcpy(file.data() + at, &value, sizeof(T));
  }

  void copyPiece(Bytes& file, size_t at) {
    const size_t from = below(file.size());
    const size_t count = std::min({1 + below(64), file.size() - at, file.size() - from});
    std::memmove(file.data() + at, file.data() + from, count);
  }

  std::mt19937_64 generator_;
};

/// What may be held for a file: itself twice, and what is compressed at most 64 times; the constant is for buffers and for
/// small objects that stand for a few bytes of a header.
size_t allowedBytes(const Bytes& file) { return 2 * file.size() + 64 * pith::fuzz::compressedBytes(file) + (size_t{4} << 20); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: container_mutations COUNT SEED FILE...\n", stderr);
    return 2;
  }
  const unsigned long long count = std::strtoull(argv[1], nullptr, 10);
  Mutator mutator(std::strtoull(argv[2], nullptr, 10));
  std::vector<Bytes> files;
  for (int i = 3; i < argc; ++i) files.push_back(readFile(argv[i]));
  unsigned long long refused = 0, whole = 0;
  size_t worst = 0;
  for (unsigned long long i = 0; i < count; ++i) {
    const Bytes& original = files[mutator.below(files.size())];
    Bytes file = original;
    for (size_t changes = 1 + mutator.below(3); changes > 0 && !file.empty(); --changes) mutator.mutate(file);
    const size_t repair = mutator.below(3);
    if (repair == 1) file = pith::fuzz::repaired(file.data(), file.size());
    if (repair == 2) file = pith::fuzz::repairedDeeply(file);
    const size_t before = heldBytes;
    peakBytes = heldBytes;
    const bool isWhole = pith::fuzz::readContainer(file);
    const size_t used = peakBytes - before, allowed = allowedBytes(file);
    worst = std::max(worst, used);
    // Without its signatures, or with other bytes than before and all hashes right, a file is whole; never with a wrong hash.
    const bool isPrefix = file.size() <= original.size() && std::equal(file.begin(), file.end(), original.begin());
    if (isWhole && repair == 0 && !isPrefix) {
      std::fprintf(stderr, "mutation %llu was taken for a whole file\n", i);
      return 1;
    }
    if (used > allowed) {
      std::fprintf(stderr, "mutation %llu of %zu bytes took %zu; %zu are allowed\n", i, file.size(), used, allowed);
      return 1;
    }
    ++(isWhole ? whole : refused);
  }
  std::printf("%llu damaged files: %llu refused, %llu whole by repaired hashes; %zu bytes held at most\n", count, refused, whole, worst);
  return 0;
}
