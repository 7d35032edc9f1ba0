#include "reconcilers/options.hpp"

namespace headgate::reconcilers {

core::Status only_without_connection(const Declaration& declaration) {
    const auto& desired = declaration.parsed.desired;
    if (!desired || !desired->policies.connection) {
        return {};
    }
    return core::Error{
        core::ErrorCode::InvalidSpec,
        "spec.connection: only `headgate controller` knows NatsConnections; everything "
        "else goes where its own flags lead, and would make it there"};
}

}  // namespace headgate::reconcilers
