// A declaration as the reconcilers see it, wherever it came from: an object of a Kubernetes API or
// a document of a directory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/resource.hpp"
#include "reconcilers/resources/status.hpp"

namespace headgate::reconcilers {

using resources::Kind;
using resources::ObjectKey;

/// Annotations that people steer one object with; all of them wake it.
struct Annotations {
    std::string reconcile;  ///< headgate.io/reconcile: a token, echoed in the status.
    std::string approve;    ///< headgate.io/approve: hash of a plan.
    std::string adopt;      ///< headgate.io/adopt: "true", or the signer it takes the asset from.
    bool paused = false;    ///< headgate.io/paused: "true".
    bool force_release = false;  ///< headgate.io/force-release: "true": goes, its stream stays.

    friend bool operator==(const Annotations&, const Annotations&) = default;
};

inline constexpr std::string_view kReconcileAnnotation = "headgate.io/reconcile";
inline constexpr std::string_view kApproveAnnotation = "headgate.io/approve";
inline constexpr std::string_view kAdoptAnnotation = "headgate.io/adopt";
inline constexpr std::string_view kPausedAnnotation = "headgate.io/paused";
inline constexpr std::string_view kForceReleaseAnnotation = "headgate.io/force-release";
inline constexpr std::string_view kFinalizer = "headgate.io/cleanup";

/// The annotations above out of all that an object has.
[[nodiscard]] Annotations read_annotations(const std::map<std::string, std::string>& annotations);

struct Declaration {
    ObjectKey key;
    std::string uid;  ///< Tells it from a later one by the same name; empty in a directory.
    std::int64_t generation = 0;  ///< Counts the edits of the spec.
    std::string age;  ///< Orders rival claims, the smaller the older: creationTimestamp, or place
                      ///< among the files.
    std::string origin;  ///< "samples/x.yaml:14"; empty in Kubernetes.
    std::vector<std::string> finalizers;
    bool deleting = false;
    Annotations annotations;
    resources::Parsed parsed;
    resources::ObjectStatus status;  ///< As last written or read.

    [[nodiscard]] bool has_finalizer() const;
    /// Somebody wants it to be looked at now.
    [[nodiscard]] bool is_asked_for() const;
};

using DeclarationPtr = std::shared_ptr<const Declaration>;

}  // namespace headgate::reconcilers
