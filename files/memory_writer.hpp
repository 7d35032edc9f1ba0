// The writer of declarations that come from files: nothing is written back to a manifest, so status
// and finalizers live in memory, with the declaration (`Declarations::note_status`).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reconcilers/declarations.hpp"

namespace headgate::files {

class MemoryWriter final : public reconcilers::DeclarationWriter {
public:
    using Observer = std::function<void(const reconcilers::Declaration& of,
                                        const resources::ObjectStatus& status)>;

    /// `observer`, if any, hears of every status; it is called by the thread that reconciles, and
    /// by several at a time when several do.
    explicit MemoryWriter(Observer observer = {}) : observer_(std::move(observer)) {}

    core::Status write_status(const reconcilers::Declaration& of,
                              const resources::ObjectStatus& status,
                              const core::Call& call) override;
    core::Result<std::vector<std::string>> add_finalizer(const reconcilers::Declaration& to,
                                                         const core::Call& call) override;
    core::Result<std::vector<std::string>> remove_finalizer(const reconcilers::Declaration& from,
                                                            const core::Call& call) override;

private:
    Observer observer_;
};

}  // namespace headgate::files
