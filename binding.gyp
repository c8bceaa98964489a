# Builds the same sources as CMakeLists.txt where there is no CMake. See scripts/build-native.mjs.
{
  "targets": [
    {
      "target_name": "varve",
      "sources": ["<!@(cat native/sources.txt)"],
      "include_dirs": ["native", "<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_VERSION=9", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags_cc": ["-std=c++17", "-O3", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type", "-fno-exceptions", "-fvisibility=hidden"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"]
    }
  ]
}
