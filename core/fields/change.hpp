// One field that differs between what is and what should be.
#pragma once

#include <string>
#include <vector>

namespace headgate::fields {

struct Change {
    std::string field;  ///< The manifest's name for it.
    std::string wire;   ///< The JetStream API's name for it.
    std::string from;   ///< As a manifest would write it; empty: absent.
    std::string to;
    int level = 0;  ///< Server generation that first keeps this field; 0: all.

    friend bool operator==(const Change&, const Change&) = default;
};

using Changes = std::vector<Change>;

}  // namespace headgate::fields
