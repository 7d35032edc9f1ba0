// RecordingWriter: takes what a reconciler writes back and counts it. What is written stands in
// `status` and `finalizers`, as the source of a declaration would show it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/declarations.hpp"

namespace headgate::fakes {

class RecordingWriter final : public reconcilers::DeclarationWriter {
public:
    /// Asked before each write ("status", "add_finalizer", "remove_finalizer"); an error refuses
    /// it.
    using Fault = std::function<std::optional<core::Error>(std::string_view operation)>;

    core::Status write_status(const reconcilers::Declaration& of,
                              const resources::ObjectStatus& written,
                              const core::Call&) override {
        if (auto error = refused("status")) {
            return *error;
        }
        ++status_writes;
        status[of.key] = written;
        return {};
    }

    core::Result<std::vector<std::string>> add_finalizer(const reconcilers::Declaration& to,
                                                         const core::Call&) override {
        if (auto error = refused("add_finalizer")) {
            return *error;
        }
        ++finalizer_writes;
        auto& list = finalizers[to.key] = to.finalizers;
        list.emplace_back(reconcilers::kFinalizer);
        return list;
    }

    core::Result<std::vector<std::string>> remove_finalizer(const reconcilers::Declaration& from,
                                                            const core::Call&) override {
        if (auto error = refused("remove_finalizer")) {
            return *error;
        }
        ++finalizer_writes;
        auto& list = finalizers[from.key] = from.finalizers;
        std::erase(list, std::string{reconcilers::kFinalizer});
        return list;
    }

    [[nodiscard]] std::size_t writes() const { return status_writes + finalizer_writes; }

    void forget_writes() { status_writes = finalizer_writes = 0; }

    Fault fault;
    std::size_t status_writes = 0;
    std::size_t finalizer_writes = 0;
    std::map<resources::ObjectKey, resources::ObjectStatus> status;
    std::map<resources::ObjectKey, std::vector<std::string>> finalizers;

private:
    [[nodiscard]] std::optional<core::Error> refused(std::string_view operation) const {
        return fault ? fault(operation) : std::nullopt;
    }
};

}  // namespace headgate::fakes
