// CHECK for the tests of the core: prints where it failed and ends the program.
#ifndef VARVE_TEST_CHECK_H_
#define VARVE_TEST_CHECK_H_

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                          \
  do {                                                                            \
    if (!(condition)) {                                                           \
      std::fprintf(stderr, "%s:%d: CHECK(%s)\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                               \
    }                                                                             \
  } while (false)

#endif  // VARVE_TEST_CHECK_H_
