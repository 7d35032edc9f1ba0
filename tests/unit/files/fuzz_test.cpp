// Random damage to manifests: whatever the text, reading it ends, does not crash, and tells every
// file that declares nothing apart from one that does.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/manifests.hpp"
#include "files/yaml.hpp"

namespace headgate::files {
namespace {

const std::string kManifest =
    "# a comment\napiVersion: headgate.io/v1alpha1\nkind: StreamConfig\nmetadata:\n  name: "
    "orders\n  annotations: {headgate.io/paused: \"true\"}\n"
    "spec: &spec\n  subjects: [\"orders.>\", 'x.*']\n  maxAge: 1h30m\n  maxBytes: 1Gi\n  "
    "description: >-\n    two\n    lines\n"
    "  sources:\n    - {name: A, filterSubject: a}\n    - name: B\n      startTime: "
    "2026-01-02T03:04:05Z\n"
    "  consumers:\n    - &c\n      name: w\n      ackWait: 5s\n    - <<: *c\n      name: v\n---\n"
    "{\"apiVersion\": \"headgate.io/v1alpha1\", \"kind\": \"StateBucket\", \"metadata\": "
    "{\"name\": \"b\"}, \"spec\": {\"ttl\": \"1h\", \"history\": 0x3}}\n";

const std::string kJsonManifest =
    "{\"apiVersion\": \"headgate.io/v1alpha1\",\n \"kind\": \"StateBucket\",\n \"metadata\": "
    "{\"name\": \"b\"},\n \"spec\": {\"ttl\": \"1h\",\n  \"history\": 3}\n}";

constexpr std::string_view kPieces[] = {"\n",        " ",     "  ",
                                        "\t",        ":",     ": ",
                                        "- ",        "---\n", "...\n",
                                        "&a ",       "*a",    "<<: *spec",
                                        "!!binary ", "!x ",   "[",
                                        "]",         "{",     "}",
                                        "\"",        "'",     "|",
                                        ">-\n",      "#",     "%YAML 1.1\n",
                                        "? ",        "\\",    "\\ud800",
                                        "\\u0000",   "\xFF",  "\xC3",
                                        ".inf",      "~",     "9999999999999999999999",
                                        "\r",        ",",     "@",
                                        "`",         "&spec", "*spec"};

class Damage {
public:
    explicit Damage(unsigned seed) : random_(seed) {}

    std::string of(std::string text) {
        for (auto times = below(6) + 1; times > 0; --times) {
            damage(text);
        }
        return text;
    }

private:
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
    }

    void damage(std::string& text) {
        const auto at = below(text.size() + 1);
        switch (below(5)) {
            case 0:
                text.insert(at, kPieces[below(std::size(kPieces))]);
                break;
            case 1:
                text.erase(at, below(20) + 1);
                break;
            case 2:
                text.resize(at);
                break;
            case 3:
                if (at < text.size()) {
                    text[at] = static_cast<char>(below(256));
                }
                break;
            default:
                text.insert(at, text.substr(below(text.size() + 1), below(60)));
        }
    }

    std::mt19937 random_;
};

TEST(ManifestFuzz, DamagedManifestsAreReadToAnEnd) {
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        const auto text = Damage{seed}.of(kManifest);
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
        const std::vector<SourceFile> files{{"x.yaml", text}};
        const auto loaded = load(files);
        for (const auto& declaration : loaded.declarations) {
            ASSERT_TRUE(declaration.parsed.desired);
            ASSERT_TRUE(declaration.parsed.problems.empty());
        }
        for (const auto& declaration : loaded.invalid) {
            ASSERT_FALSE(declaration.parsed.desired);
            ASSERT_FALSE(loaded.problems.empty());
        }
        for (const auto& problem : loaded.problems) {
            // Throws for text that is not UTF-8.
            ASSERT_NO_THROW(static_cast<void>(nlohmann::json(to_text(problem)).dump()));
            ASSERT_GE(problem.line, 0);
        }
    }
}

TEST(ManifestFuzz, WhatWasReadIsWrittenAndReadTheSame) {
    for (unsigned seed = 0; seed < 10'000; ++seed) {
        const auto text = Damage{seed}.of(kManifest);
        for (const auto& document : parse_yaml(text).documents) {
            SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
            const auto written = to_yaml(document.json);
            const auto again = parse_yaml(written);
            ASSERT_TRUE(again.problems.empty()) << written;
            if (document.json.is_null()) {
                continue;
            }
            ASSERT_EQ(again.documents.size(), 1U) << written;
            ASSERT_EQ(again.documents.front().json, document.json) << written;
        }
    }
}

TEST(ManifestFuzz, AJsonManifestCutAnywhereDeclaresNothing) {
    const auto whole = load(std::vector<SourceFile>{{"x.yaml", kJsonManifest}});
    ASSERT_EQ(whole.declarations.size(), 1U);
    for (std::size_t size = 1; size < kJsonManifest.size(); ++size) {
        const auto loaded =
            load(std::vector<SourceFile>{{"x.yaml", kJsonManifest.substr(0, size)}});
        ASSERT_TRUE(loaded.declarations.empty()) << size;
        ASSERT_FALSE(loaded.problems.empty()) << size;
    }
}

TEST(ManifestFuzz, RandomPiecesOfSyntaxAreReadToAnEnd) {
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        std::mt19937 random{seed};
        std::string text;
        for (int i = 0; i < 40; ++i) {
            text += random() % 3 == 0 ? "a" : std::string{kPieces[random() % std::size(kPieces)]};
        }
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
        const auto yaml = parse_yaml(text);
        for (const auto& document : yaml.documents) {
            ASSERT_NO_THROW(static_cast<void>(document.json.dump()));
        }
    }
}

}  // namespace
}  // namespace headgate::files
