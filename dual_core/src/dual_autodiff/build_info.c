/* What these modules were compiled for, by what, and with which flags. */

#include "kernels.h"

#if defined(__x86_64__)
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__)                   \
    && defined(__AVX512VL__)
const char *const build_level = "x86_64 v4";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
const char *const build_level = "x86_64 v3";
#elif defined(__SSE4_2__) && defined(__POPCNT__)
const char *const build_level = "x86_64 v2";
#else
const char *const build_level = "x86_64 v1";
#endif
#elif defined(__aarch64__)
#if defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_COMPLEX)
const char *const build_level = "aarch64 8.4a";
#elif defined(__ARM_FEATURE_COMPLEX)
const char *const build_level = "aarch64 8.3a";
#elif defined(__ARM_FEATURE_QRDMX)
const char *const build_level = "aarch64 8.1a";
#else
const char *const build_level = "aarch64 8a";
#endif
#else
const char *const build_level = "baseline";
#endif

#if defined(__clang__)
const char *const build_compiler = "clang " __clang_version__;
#elif defined(__GNUC__)
const char *const build_compiler = "gcc " __VERSION__;
#else
const char *const build_compiler = "unknown";
#endif

#ifndef BUILD_FLAGS
#define BUILD_FLAGS ""
#endif
const char *const build_flags = BUILD_FLAGS;
