#include "files/memory_writer.hpp"

#include <algorithm>

namespace headgate::files {

core::Status MemoryWriter::write_status(const reconcilers::Declaration& of,
                                        const resources::ObjectStatus& status,
                                        const core::Call& /*call*/) {
    if (observer_) {
        observer_(of, status);
    }
    return {};
}

core::Result<std::vector<std::string>> MemoryWriter::add_finalizer(
    const reconcilers::Declaration& to, const core::Call& /*call*/) {
    auto finalizers = to.finalizers;
    if (!to.has_finalizer()) {
        finalizers.emplace_back(reconcilers::kFinalizer);
    }
    return finalizers;
}

core::Result<std::vector<std::string>> MemoryWriter::remove_finalizer(
    const reconcilers::Declaration& from, const core::Call& /*call*/) {
    auto finalizers = from.finalizers;
    finalizers.erase(std::remove(finalizers.begin(), finalizers.end(), reconcilers::kFinalizer),
                     finalizers.end());
    return finalizers;
}

}  // namespace headgate::files
