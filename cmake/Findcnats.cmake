# Debian's cnats package ships a CMake config that names a static library it does not contain;
# its pkg-config file is right.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CNATS REQUIRED IMPORTED_TARGET libnats)
add_library(cnats::cnats ALIAS PkgConfig::CNATS)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cnats REQUIRED_VARS CNATS_LIBRARIES VERSION_VAR CNATS_VERSION)
