#include "tests/e2e/control_plane.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/tools.hpp"

namespace headgate::e2e {

using core::Json;

namespace {

constexpr std::chrono::milliseconds kAskAgain{100};

const std::string kNamespace = "headgate-system";

std::string rights_of_the_chart() {
    const auto rendered = support::run({.argv = {support::tool("helm"),
                                                 "template",
                                                 "headgate",
                                                 HEADGATE_CHART,
                                                 "--namespace",
                                                 kNamespace,
                                                 "--kube-version",
                                                 "1.36.0",
                                                 "--set",
                                                 "crds.enabled=false",
                                                 "--show-only",
                                                 "templates/serviceaccount.yaml",
                                                 "--show-only",
                                                 "templates/rbac.yaml"}});
    if (rendered.exit_code != 0) {
        throw std::runtime_error("helm template failed: " + rendered.err);
    }
    return rendered.out;
}

std::string definitions() {
    const auto printed = headgate({"crds"});
    if (printed.exit_code != 0) {
        throw std::runtime_error("headgate crds failed: " + printed.err);
    }
    return printed.out;
}

Brief brief_of(const Json& object) {
    const auto status = object.value("status", Json::object());
    Brief brief;
    for (const auto& condition : status.value("conditions", Json::array())) {
        if (condition.value("type", "") == "Ready") {
            brief = {.ready = condition.value("status", ""),
                     .reason = condition.value("reason", ""),
                     .message = condition.value("message", "")};
        }
    }
    brief.current = status.value("observedGeneration", -1) ==
                    object.value(Json::json_pointer("/metadata/generation"), 0);
    return brief;
}

bool is_write(const Json& event) {
    const auto verb = event.value("verb", "");
    return verb == "create" || verb == "update" || verb == "patch" || verb == "delete";
}

std::string user_of(const Json& event) {
    return event.value(Json::json_pointer("/user/username"), "");
}

std::string text_of(const Brief& brief) {
    return "Ready=" + brief.ready + " " + brief.reason + (brief.current ? ": " : " (stale): ") +
           brief.message;
}

}  // namespace

ControlPlane::ControlPlane() {
    install_definitions();
    make_namespace(kNamespace);
    apply(rights_of_the_chart());
    operator_kubeconfig_ = api_.kubeconfig("operator", api_.token_for(kNamespace, "headgate"));
}

void ControlPlane::install_definitions() const {
    apply(definitions());
    api_.kubectl_ok({"wait",
                     "--for=condition=Established",
                     "--timeout=120s",
                     "customresourcedefinition/statebuckets.headgate.io",
                     "customresourcedefinition/streamconfigs.headgate.io",
                     "customresourcedefinition/natsconnections.headgate.io"});
}

std::vector<std::string> ControlPlane::controller(const std::string& server,
                                                  std::vector<std::string> more) const {
    std::vector<std::string> args{
        "controller", "--kubeconfig=" + operator_kubeconfig_.string(), "--server=" + server};
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

void ControlPlane::make_namespace(const std::string& name) const {
    api_.kubectl_ok({"create", "namespace", name});
}

void ControlPlane::apply(std::string_view yaml) const {
    api_.kubectl_ok({"apply", "-f", "-"}, yaml);
}

std::string ControlPlane::refusal(std::string_view yaml) const {
    const auto output = api_.kubectl({"apply", "-f", "-"}, yaml);
    if (output.exit_code == 0) {
        throw std::runtime_error("was accepted: " + output.out);
    }
    return output.err;
}

Json ControlPlane::get(const std::string& ns, const std::string& object) const {
    return api_.kubectl_json({"get", "-n", ns, object});
}

bool ControlPlane::exists(const std::string& ns, const std::string& object) const {
    return !api_.kubectl_ok({"get", "-n", ns, object, "--ignore-not-found", "-o", "name"}).empty();
}

void ControlPlane::remove(const std::string& ns, const std::string& object) const {
    api_.kubectl_ok({"delete", "-n", ns, object, "--timeout=120s"});
}

void ControlPlane::annotate(const std::string& ns,
                            const std::string& object,
                            const std::string& text) const {
    api_.kubectl_ok({"annotate", "-n", ns, object, text});
}

Brief ControlPlane::brief(const std::string& ns, const std::string& object) const {
    return brief_of(get(ns, object));
}

std::string ControlPlane::wait_for(const std::string& ns,
                                   const std::string& object,
                                   std::string_view reason) const {
    Brief last;
    const bool came = support::eventually(
        [&] {
            last = brief(ns, object);
            return last.current && last.reason == reason;
        },
        support::kPatience,
        kAskAgain);
    return came ? "" : ns + "/" + object + " says " + text_of(last);
}

std::vector<Json> ControlPlane::all() const {
    const auto list = api_.kubectl_json({"get", "streamconfigs,statebuckets", "-A"});
    return list.at("items").get<std::vector<Json>>();
}

std::map<std::string, std::string> ControlPlane::versions() const {
    std::map<std::string, std::string> versions;
    for (const auto& object : all()) {
        const auto& meta = object.at("metadata");
        versions[object.at("kind").get<std::string>() + "/" +
                 meta.at("namespace").get<std::string>() + "/" +
                 meta.at("name").get<std::string>()] = meta.at("resourceVersion");
    }
    return versions;
}

std::map<std::string, std::size_t> ControlPlane::reasons() const {
    std::map<std::string, std::size_t> reasons;
    for (const auto& object : all()) {
        const auto brief = brief_of(object);
        ++reasons[brief.current ? brief.reason : ""];
    }
    return reasons;
}

std::size_t ControlPlane::operator_answers(int code) const {
    std::size_t count = 0;
    for (const auto& event : api_.audit()) {
        count += user_of(event) == kOperator &&
                         event.value(Json::json_pointer("/responseStatus/code"), 0) == code
                     ? 1
                     : 0;
    }
    return count;
}

std::map<std::string, int> ControlPlane::operator_writes() const {
    std::map<std::string, int> writes;
    for (const auto& event : api_.audit()) {
        if (user_of(event) == kOperator && is_write(event)) {
            const auto& object = event.at("objectRef");
            ++writes[object.value("resource", "") + "/" + object.value("namespace", "") + "/" +
                     object.value("name", "")];
        }
    }
    return writes;
}

}  // namespace headgate::e2e
