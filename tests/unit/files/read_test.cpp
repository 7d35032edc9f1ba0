#include "files/read.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/yaml.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::files {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReadPaths : public testing::Test {
protected:
    void write(const std::string& name, const std::string& text = "text") const {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream{root_ / name} << text;
    }

    [[nodiscard]] ReadFiles read(const std::vector<std::string>& names,
                                 std::string_view input = {},
                                 const Visitor& visitor = {}) const {
        std::vector<std::string> paths;
        for (const auto& name : names) {
            paths.push_back(name == "-" ? name : (root_ / name).string());
        }
        return read_paths(paths, input, visitor);
    }

    [[nodiscard]] std::vector<std::string> names(const ReadFiles& read) const {
        std::vector<std::string> names;
        for (const auto& file : read.files) {
            names.push_back(file.path == "-"
                                ? file.path
                                : fs::path{file.path}.lexically_relative(root_.path()).string());
        }
        return names;
    }

    [[nodiscard]] fs::path path(const std::string& name) const { return root_ / name; }

private:
    support::TempDir root_;
};

TEST_F(ReadPaths, ADirectoryGivesItsManifestsAndThoseBelowSorted) {
    for (const auto* name : {"d/b.yaml",
                             "d/a.yml",
                             "d/c.json",
                             "d/readme.md",
                             "d/.hidden.yaml",
                             "d/sub/x.yaml",
                             "d/sub/deep/y.yaml",
                             "d/.git/z.yaml"}) {
        write(name);
    }
    const auto read = this->read({"d"});
    EXPECT_THAT(
        names(read),
        ElementsAre("d/a.yml", "d/b.yaml", "d/c.json", "d/sub/deep/y.yaml", "d/sub/x.yaml"));
    EXPECT_THAT(read.problems, IsEmpty());
    EXPECT_THAT(read.notes, IsEmpty());
}

TEST_F(ReadPaths, AMountedConfigMapIsReadThroughItsLinksOnce) {
    write("d/..2026_01/a.yaml", "one");
    fs::create_directory_symlink("..2026_01", path("d/..data"));
    fs::create_symlink("..data/a.yaml", path("d/a.yaml"));
    const auto read = this->read({"d"});
    ASSERT_THAT(names(read), ElementsAre("d/a.yaml"));
    EXPECT_EQ(read.files.front().text, "one");
}

TEST_F(ReadPaths, LinksToDirectoriesAreFollowedAndLoopsEnd) {
    write("real/x.yaml");
    write("d/a.yaml");
    fs::create_directory_symlink(path("real"), path("d/link"));
    fs::create_directory_symlink("..", path("d/loop"));
    const auto read = this->read({"d"});
    EXPECT_THAT(read.problems, IsEmpty());
    EXPECT_THAT(names(read), testing::IsSupersetOf({"d/a.yaml", "d/link/x.yaml"}));
    EXPECT_LE(read.files.size(), 3U);
}

TEST_F(ReadPaths, AFileNamedByItselfMayHaveAnyNameAndComesOnce) {
    write("d/manifest.txt", "text");
    write("d/a.yaml");
    EXPECT_THAT(names(read({"d/manifest.txt", "d", "d/a.yaml", "d/../d/manifest.txt"})),
                ElementsAre("d/manifest.txt", "d/a.yaml"));
}

TEST_F(ReadPaths, ADashIsTheStandardInput) {
    write("a.yaml");
    const auto read = this->read({"-", "a.yaml", "-"}, "from stdin");
    EXPECT_THAT(names(read), ElementsAre("-", "a.yaml"));
    EXPECT_EQ(read.files.front().text, "from stdin");
}

TEST_F(ReadPaths, WhatIsNotThereOrNotReadableIsAProblemAndTheRestIsRead) {
    write("a.yaml");
    const auto read = this->read({"nothing.yaml", "a.yaml"});
    EXPECT_THAT(names(read), ElementsAre("a.yaml"));
    ASSERT_THAT(read.problems, SizeIs(1));
    EXPECT_THAT(to_text(read.problems.front()),
                HasSubstr("nothing.yaml: there is no such file or directory"));
    EXPECT_TRUE(read.problems.front().whole_file);
}

TEST_F(ReadPaths, AFileThatCannotBeReadIsAProblem) {
    write("d/b.yaml");
    // Root reads every file but this one: its first page is never mapped.
    fs::create_symlink("/proc/self/mem", path("d/a.yaml"));
    EXPECT_THAT(read({"d"}).problems, SizeIs(1));
}

TEST_F(ReadPaths, ALinkToNothingIsAProblemSinceDeclarationsMayHaveBeenThere) {
    write("d/a.yaml");
    fs::create_symlink("nowhere", path("d/mounted"));
    const auto read = this->read({"d"});
    ASSERT_THAT(read.problems, SizeIs(1));
    EXPECT_THAT(to_text(read.problems.front()), HasSubstr("d/mounted: is a link to nothing"));
}

TEST_F(ReadPaths, APipeInADirectoryIsPassedBy) {
    write("d/a.yaml");
    ASSERT_EQ(::mkfifo(path("d/b.yaml").c_str(), 0600), 0);
    const auto read = this->read({"d"});
    EXPECT_THAT(names(read), ElementsAre("d/a.yaml"));
    EXPECT_THAT(read.notes, ElementsAre(HasSubstr("not a regular file")));
}

TEST_F(ReadPaths, APipeNamedByItselfIsRead) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], "piped", 5), 5);
    ::close(ends[1]);
    const std::vector<std::string> paths{"/dev/fd/" + std::to_string(ends[0])};
    const auto read = read_paths(paths, {});
    ::close(ends[0]);
    ASSERT_THAT(read.files, SizeIs(1));
    EXPECT_EQ(read.files.front().text, "piped");
}

TEST_F(ReadPaths, ALargeFileIsAProblem) {
    write("a.yaml", std::string(kMostBytes + 1, '#'));
    const auto read = this->read({"a.yaml"});
    EXPECT_THAT(read.files, IsEmpty());
    ASSERT_THAT(read.problems, SizeIs(1));
    EXPECT_THAT(to_text(read.problems.front()), HasSubstr("is larger than 8 MiB"));
}

TEST_F(ReadPaths, AnEmptyDirectoryIsToldAndNoted) {
    fs::create_directories(path("d/sub"));
    write("d/other.txt");
    const auto read = this->read({"d"});
    EXPECT_THAT(read.empty_directories, ElementsAre(path("d/sub").string()));
    EXPECT_THAT(read.notes, ElementsAre(HasSubstr("no .yaml, .yml or .json file in it")));
}

TEST_F(ReadPaths, ANameThatIsNoTextIsShownAsText) {
    write("d/\xFF.yaml");
    const auto read = this->read({"d"});
    EXPECT_THAT(names(read), ElementsAre("d/?.yaml"));
    EXPECT_THAT(read.problems, IsEmpty());
}

TEST_F(ReadPaths, AVisitorHearsOfEveryDirectoryAndFile) {
    write("d/sub/a.yaml");
    std::vector<std::string> seen;
    const Visitor visitor{
        .directory = [&](const fs::path& at) { seen.push_back("d " + at.filename().string()); },
        .file = [&](const fs::path& at) { seen.push_back("f " + at.filename().string()); }};
    const auto read = this->read({"d"}, {}, visitor);
    EXPECT_THAT(seen, ElementsAre("d d", "d sub", "f a.yaml"));
}

TEST_F(ReadPaths, LoadingReportsProblemsOfBothKinds) {
    write("d/a.yaml", "a: [\n");
    fs::create_directories(path("d/sub"));
    const std::vector<std::string> paths{path("d").string(), path("missing").string()};
    const auto loaded = load_paths(paths, {});
    EXPECT_THAT(loaded.problems, SizeIs(2));
    EXPECT_THAT(loaded.blank, ElementsAre(path("d/sub").string()));
}

TEST(Samples, EveryOneOfThemIsWithoutAProblem) {
    for (const std::string folder : {"samples", "samples-hub"}) {
        const std::vector<std::string> paths{support::source_dir() / "manifests" / folder};
        const auto loaded = load_paths(paths, {});
        EXPECT_THAT(loaded.declarations, testing::Not(IsEmpty())) << folder;
        EXPECT_THAT(loaded.notes, IsEmpty()) << folder;
        for (const auto& problem : loaded.problems) {
            ADD_FAILURE() << to_text(problem);
        }
    }
}

}  // namespace
}  // namespace headgate::files
