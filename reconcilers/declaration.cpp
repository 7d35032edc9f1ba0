#include "reconcilers/declaration.hpp"

#include <algorithm>

namespace headgate::reconcilers {

Annotations read_annotations(const std::map<std::string, std::string>& annotations) {
    const auto text = [&](std::string_view name) {
        const auto found = annotations.find(std::string{name});
        return found == annotations.end() ? std::string{} : found->second;
    };
    return Annotations{.reconcile = text(kReconcileAnnotation),
                       .approve = text(kApproveAnnotation),
                       .adopt = text(kAdoptAnnotation),
                       .paused = text(kPausedAnnotation) == "true",
                       .force_release = text(kForceReleaseAnnotation) == "true"};
}

bool Declaration::has_finalizer() const {
    return std::find(finalizers.begin(), finalizers.end(), kFinalizer) != finalizers.end();
}

bool Declaration::is_asked_for() const {
    return annotations.reconcile != status.last_handled_reconcile_at;
}

}  // namespace headgate::reconcilers
