#include "reconcilers/rivalry.hpp"

#include <algorithm>
#include <utility>

#include "core/units.hpp"

namespace headgate::reconcilers {

using std::chrono::milliseconds;

namespace {

// A person who changes something by hand, even twice, is no rival; a program that runs in a loop
// gets there within seconds, and one that runs each minute is cheap to put right each time.
constexpr std::size_t kRepairs = 5;
constexpr std::chrono::minutes kWithin{1};
constexpr std::chrono::seconds kFirstApart{30};
constexpr std::chrono::minutes kMostApart{5};

}  // namespace

void Rivalry::repaired(Moment now, std::string what) {
    if (ongoing()) {
        apart_ = std::min<std::chrono::seconds>(2 * apart_, kMostApart);
        repairs_ = {now};
        return;
    }
    repairs_.push_back(now);
    while (now - repairs_.front() > kWithin) {
        repairs_.pop_front();
    }
    if (repairs_.size() < kRepairs) {
        return;
    }
    what_ = std::move(what);
    span_ = std::max(std::chrono::ceil<std::chrono::seconds>(now - repairs_.front()),
                     std::chrono::seconds{1});
    apart_ = kFirstApart;
    repairs_ = {now};
}

milliseconds Rivalry::wait(Moment now) const {
    if (!ongoing()) {
        return milliseconds{0};
    }
    return std::max(std::chrono::ceil<milliseconds>(repairs_.back() + apart_ - now),
                    milliseconds{0});
}

std::string Rivalry::message() const {
    if (!ongoing()) {
        return {};
    }
    return what_ + " " + std::to_string(kRepairs) + " times in " + core::format_duration(span_) +
           " by something other than headgate; it is put right again, but now only every " +
           core::format_duration(apart_);
}

}  // namespace headgate::reconcilers
