// Runs a fuzz target over files, for builds without libFuzzer: `npm run test:native` replays the corpus with it.
//
//   TARGET FILE...      each file is one input, named before it runs, so that the last name is that of the input that
//   ended it
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argument_count, char** arguments) {
  for (int i = 1; i < argument_count; i++) {
    std::fprintf(stderr, "%s\n", arguments[i]);
    std::ifstream file(arguments[i], std::ios::binary);
    if (!file) return 1;
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  }
  return 0;
}
