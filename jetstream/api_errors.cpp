#include "jetstream/api_errors.hpp"

#include <algorithm>
#include <array>

namespace headgate::jetstream {

using core::ErrorCode;

namespace {

struct Class {
    int err_code;
    ErrorCode code;
};

// Everything not named here is Refused: permanent until the declaration or the account changes.
constexpr std::array kClasses{
    // Elections, restarts, overload: nothing was done, ask again.
    Class{10004, ErrorCode::Unavailable},  // incomplete results
    Class{10006, ErrorCode::Unavailable},  // not clustered yet
    Class{10007, ErrorCode::Unavailable},  // not assigned
    Class{10008, ErrorCode::Unavailable},  // no leader
    Class{10009, ErrorCode::Unavailable},  // not leader
    Class{10072, ErrorCode::Unavailable},  // temporary storage failed
    Class{10118, ErrorCode::Unavailable},  // stream offline
    Class{10119, ErrorCode::Unavailable},  // consumer offline
    Class{10167, ErrorCode::Unavailable},  // too many requests
    Class{10194, ErrorCode::Unavailable},  // stream offline, with reason
    Class{10195, ErrorCode::Unavailable},  // consumer offline, with reason
    // Something else is going on with it: look again, then decide again.
    Class{10124, ErrorCode::Conflict},  // a move is in progress
    Class{10226, ErrorCode::Conflict},  // reconfiguration in progress
    // Capacity and topology: may heal without an edit of the declaration.
    Class{10002, ErrorCode::Insufficient},  // account resources
    Class{10005, ErrorCode::Insufficient},  // no suitable peers
    Class{10010, ErrorCode::Insufficient},  // clustering required
    Class{10023, ErrorCode::Insufficient},  // insufficient resources
    Class{10026, ErrorCode::Insufficient},  // maximum consumers
    Class{10027, ErrorCode::Insufficient},  // maximum streams
    Class{10028, ErrorCode::Insufficient},  // memory exceeded
    Class{10047, ErrorCode::Insufficient},  // storage exceeded
    Class{10074, ErrorCode::Insufficient},  // replicas on a single server
    Class{10120, ErrorCode::Insufficient},  // no limits for this number of replicas
    // Names.
    Class{10014, ErrorCode::NotFound},       // consumer
    Class{10037, ErrorCode::NotFound},       // message
    Class{10059, ErrorCode::NotFound},       // stream
    Class{10149, ErrorCode::NotFound},       // consumer, on update
    Class{10058, ErrorCode::AlreadyExists},  // stream
    Class{10148, ErrorCode::AlreadyExists},  // consumer, on create
    // What the server is too old for.
    Class{10185, ErrorCode::Unsupported},  // needs another API level
};

}  // namespace

core::Error to_error(const ApiError& error) {
    const auto* const found =
        std::find_if(kClasses.begin(), kClasses.end(), [&](const Class& entry) {
            return entry.err_code == error.err_code;
        });
    return core::Error{found == kClasses.end() ? ErrorCode::Refused : found->code,
                       error.description + " (" + std::to_string(error.err_code) + ")"};
}

}  // namespace headgate::jetstream
