#include "files/directory.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::files {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using reconcilers::Kind;
using reconcilers::ObjectKey;

constexpr auto kPatience = 20s;
/// Never reached in a test: what is noticed, is noticed by events.
constexpr auto kNoPoll = std::chrono::milliseconds{1h};

std::string stream(const std::string& name, const std::string& max_age = "1h") {
    return "apiVersion: headgate.io/v1alpha1\nkind: StreamConfig\nmetadata: {name: " + name +
           "}\nspec: {subjects: [" + name + "], maxAge: " + max_age + "}\n---\n";
}

ObjectKey key(const std::string& name) {
    return {Kind::StreamConfig, "default", name};
}

void write(const fs::path& path, const std::string& text) {
    std::ofstream{path} << text;
}

/// As careful programs write: whole, then renamed into place.
void put(const fs::path& path, const std::string& text) {
    auto next = path;
    next += ".next";
    write(next, text);
    fs::rename(next, path);
}

/// A source that runs, and all it has told.
class Running {
public:
    explicit Running(const fs::path& path,
                     DirectorySource::Options options = {.settle = 30ms, .poll = kNoPoll})
        : source_(path.string(), options), thread_([this](const std::stop_token& stop) {
              source_.run(stop, [this](const Update& update) { note(update); });
          }) {}

    /// Until all updates so far, taken together, make `claim` true.
    [[nodiscard]] bool wait_for(const std::function<bool(const Running&)>& claim) {
        std::unique_lock lock{mutex_};
        return told_.wait_for(lock, kPatience, [&] { return claim(*this); });
    }

    [[nodiscard]] bool declares(const std::string& name, std::int64_t generation) {
        return wait_for([&](const Running& now) {
            const auto found = now.declared_.find(key(name));
            return found != now.declared_.end() && found->second.generation == generation;
        });
    }

    [[nodiscard]] bool loses(const std::string& name) {
        return wait_for([&](const Running& now) { return now.gone_.contains(key(name)); });
    }

    [[nodiscard]] bool complains(const std::string& text) {
        return wait_for([&](const Running& now) {
            return std::any_of(
                now.last_.problems.begin(), now.last_.problems.end(), [&](const auto& problem) {
                    return to_text(problem).find(text) != std::string::npos;
                });
        });
    }

    [[nodiscard]] bool notes(const std::string& text) {
        return wait_for([&](const Running& now) {
            return std::any_of(
                now.last_.notes.begin(), now.last_.notes.end(), [&](const auto& note) {
                    return note.find(text) != std::string::npos;
                });
        });
    }

    [[nodiscard]] bool is_content() {
        return wait_for(
            [&](const Running& now) { return now.last_.problems.empty() && now.updates_ > 0; });
    }

    [[nodiscard]] std::set<ObjectKey> gone() {
        const std::scoped_lock lock{mutex_};
        return gone_;
    }

    [[nodiscard]] std::string origin_of(const std::string& name) {
        const std::scoped_lock lock{mutex_};
        return declared_.at(key(name)).origin;
    }

    [[nodiscard]] int changes_of(const std::string& name) {
        const std::scoped_lock lock{mutex_};
        return changes_[key(name)];
    }

private:
    void note(const Update& update) {
        const std::scoped_lock lock{mutex_};
        ++updates_;
        last_ = update;
        for (const auto& declaration : update.changed) {
            declared_[declaration.key] = declaration;
            gone_.erase(declaration.key);
            ++changes_[declaration.key];
        }
        for (const auto& declaration : update.moved) {
            declared_[declaration.key] = declaration;
        }
        gone_.insert(update.gone.begin(), update.gone.end());
        told_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable told_;
    int updates_ = 0;
    Update last_;
    std::map<ObjectKey, reconcilers::Declaration> declared_;
    std::map<ObjectKey, int> changes_;
    std::set<ObjectKey> gone_;
    DirectorySource source_;
    std::jthread thread_;
};

class DirectorySourceTest : public testing::Test {
protected:
    DirectorySourceTest() { fs::create_directory(dir_); }

    support::TempDir root_;
    fs::path dir_ = root_ / "declared";
};

TEST_F(DirectorySourceTest, ReadingOnceGivesAllThatIsDeclared) {
    put(dir_ / "a.yaml", stream("a") + stream("b"));
    DirectorySource source{dir_.string(), {}};
    const auto update = source.read_once();
    ASSERT_TRUE(update);
    EXPECT_EQ(update->changed.size(), 2U);
    EXPECT_EQ(source.accepted().declarations.size(), 2U);
    EXPECT_TRUE(source.read_once()->changed.empty());
}

TEST_F(DirectorySourceTest, ReadingOnceWhatIsNotThereIsAnError) {
    DirectorySource source{(dir_ / "missing").string(), {}};
    const auto update = source.read_once();
    ASSERT_FALSE(update);
    EXPECT_EQ(update.error().code, core::ErrorCode::NotFound);
}

TEST_F(DirectorySourceTest, RunningGoesOnFromWhatWasReadOnce) {
    put(dir_ / "a.yaml", stream("a"));
    DirectorySource source{dir_.string(), {.settle = 30ms, .poll = kNoPoll}};
    ASSERT_TRUE(source.read_once());
    put(dir_ / "b.yaml", stream("b"));
    std::stop_source stop;
    std::vector<std::string> names;
    source.run(stop.get_token(), [&](const Update& update) {
        for (const auto& declaration : update.changed) {
            names.push_back(declaration.key.name);
        }
        stop.request_stop();
    });
    EXPECT_THAT(names, testing::ElementsAre("b"));
}

TEST_F(DirectorySourceTest, NewChangedAndRemovedFilesAreNoticed) {
    put(dir_ / "a.yaml", stream("a"));
    put(dir_ / "z.yaml", stream("z"));
    Running running{dir_};
    ASSERT_TRUE(running.declares("a", 1));
    put(dir_ / "a.yaml", stream("a", "2h"));
    ASSERT_TRUE(running.declares("a", 2));
    put(dir_ / "b.yaml", stream("b"));
    ASSERT_TRUE(running.declares("b", 1));
    fs::remove(dir_ / "a.yaml");
    ASSERT_TRUE(running.loses("a"));
    EXPECT_EQ(running.gone(), std::set{key("a")});
}

TEST_F(DirectorySourceTest, DirectoriesMadeLaterAreWatched) {
    Running running{dir_};
    fs::create_directories(dir_ / "team" / "x");
    put(dir_ / "team" / "x" / "a.yaml", stream("a"));
    ASSERT_TRUE(running.declares("a", 1));
    put(dir_ / "team" / "x" / "a.yaml", stream("a", "2h"));
    ASSERT_TRUE(running.declares("a", 2));
}

TEST_F(DirectorySourceTest, ASwappedConfigMapIsOneStepAndTheSameContentNone) {
    const auto mount = [&](const std::string& version, const std::string& text) {
        fs::create_directory(dir_ / version);
        write(dir_ / version / "a.yaml", text);
        fs::create_directory_symlink(version, dir_ / "..data_tmp");
        fs::rename(dir_ / "..data_tmp", dir_ / "..data");
    };
    mount("..v1", stream("a") + stream("b"));
    fs::create_symlink("..data/a.yaml", dir_ / "a.yaml");
    Running running{dir_};
    ASSERT_TRUE(running.declares("a", 1));
    mount("..v2", stream("a") + stream("b"));
    fs::remove_all(dir_ / "..v1");
    mount("..v3", stream("a", "2h") + stream("b"));
    ASSERT_TRUE(running.declares("a", 2));
    EXPECT_EQ(running.changes_of("a"), 2);
    EXPECT_EQ(running.changes_of("b"), 1);
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, ADirectoryThatIsASwappedLinkIsFollowed) {
    const auto check_out = [&](const std::string& version, const std::string& text) {
        fs::create_directories(root_ / version / "sub");
        write(root_ / version / "sub" / "a.yaml", text);
        fs::create_directory_symlink(version, root_ / "current.next");
        fs::rename(root_ / "current.next", root_ / "current");
    };
    check_out("v1", stream("a"));
    Running running{root_ / "current"};
    ASSERT_TRUE(running.declares("a", 1));
    check_out("v2", stream("a", "2h"));
    ASSERT_TRUE(running.declares("a", 2));
    fs::remove_all(root_ / "v1");
    write(root_ / "v2" / "sub" / "a.yaml", stream("a", "3h"));
    ASSERT_TRUE(running.declares("a", 3));
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, ALinkedFileIsWatchedWhereItIs) {
    write(root_ / "elsewhere.yaml", stream("a"));
    fs::create_symlink(root_ / "elsewhere.yaml", dir_ / "a.yaml");
    Running running{dir_};
    ASSERT_TRUE(running.declares("a", 1));
    write(root_ / "elsewhere.yaml", stream("a", "2h"));
    ASSERT_TRUE(running.declares("a", 2));
    put(root_ / "elsewhere.yaml", stream("a", "3h"));
    ASSERT_TRUE(running.declares("a", 3));
}

TEST_F(DirectorySourceTest, ARenamedFileChangesNothingButThePlace) {
    put(dir_ / "a.yaml", stream("a"));
    Running running{dir_};
    ASSERT_TRUE(running.declares("a", 1));
    fs::rename(dir_ / "a.yaml", dir_ / "b.yaml");
    put(dir_ / "c.yaml", stream("c"));
    ASSERT_TRUE(running.declares("c", 1));
    EXPECT_EQ(running.origin_of("a"), (dir_ / "b.yaml").string() + ":1");
    EXPECT_EQ(running.changes_of("a"), 1);
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, AHalfWrittenFileChangesNothingUntilItIsWhole) {
    put(dir_ / "a.yaml", stream("a") + stream("b"));
    put(dir_ / "c.yaml", stream("c"));
    Running running{dir_};
    ASSERT_TRUE(running.declares("c", 1));
    write(dir_ / "a.yaml", stream("a", "2h") + "apiVersion: [headgate.io");
    ASSERT_TRUE(running.complains("a.yaml:6: "));
    put(dir_ / "c.yaml", stream("c", "2h"));
    ASSERT_TRUE(running.declares("c", 2));
    EXPECT_EQ(running.changes_of("a"), 1);
    write(dir_ / "a.yaml", stream("a", "2h") + stream("b", "2h"));
    ASSERT_TRUE(running.declares("b", 2));
    ASSERT_TRUE(running.is_content());
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, AnEmptiedDirectoryDeletesNothing) {
    put(dir_ / "a.yaml", stream("a"));
    put(dir_ / "b.yaml", stream("b"));
    Running running{dir_, {.settle = 30ms, .poll = 40ms}};
    ASSERT_TRUE(running.declares("b", 1));
    fs::remove(dir_ / "a.yaml");
    fs::remove(dir_ / "b.yaml");
    ASSERT_TRUE(running.notes("declares nothing now"));
    put(dir_ / "a.yaml", stream("a", "2h"));
    put(dir_ / "b.yaml", stream("b"));
    ASSERT_TRUE(running.declares("a", 2));
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, AVanishedDirectoryDeletesNothingAndIsFoundAgain) {
    put(dir_ / "a.yaml", stream("a"));
    Running running{dir_};
    ASSERT_TRUE(running.declares("a", 1));
    fs::remove_all(dir_);
    ASSERT_TRUE(running.complains("there is no such file or directory"));
    fs::create_directory(dir_);
    put(dir_ / "a.yaml", stream("a", "2h"));
    ASSERT_TRUE(running.declares("a", 2));
    put(dir_ / "b.yaml", stream("b"));
    ASSERT_TRUE(running.declares("b", 1));
    ASSERT_TRUE(running.is_content());
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, ADirectoryMovedAwayAndReplacedIsFollowed) {
    put(dir_ / "a.yaml", stream("a"));
    Running running{dir_};
    ASSERT_TRUE(running.declares("a", 1));
    fs::rename(dir_, root_ / "old");
    fs::create_directory(root_ / "new");
    write(root_ / "new" / "a.yaml", stream("a", "2h"));
    fs::rename(root_ / "new", dir_);
    ASSERT_TRUE(running.declares("a", 2));
    write(root_ / "old" / "a.yaml", stream("a", "9h"));
    put(dir_ / "a.yaml", stream("a", "3h"));
    ASSERT_TRUE(running.declares("a", 3));
}

TEST_F(DirectorySourceTest, ThePollNoticesWhatNoEventTells) {
    // A link to a link to a directory on the way to a file: the second is watched by nobody.
    fs::create_directories(root_ / "x1");
    write(root_ / "x1" / "a.yaml", stream("a"));
    fs::create_directory_symlink("x1", root_ / "second");
    fs::create_directory_symlink("second", root_ / "first");
    fs::create_symlink(root_ / "first" / "a.yaml", dir_ / "a.yaml");
    Running running{dir_, {.settle = 10ms, .poll = 50ms}};
    ASSERT_TRUE(running.declares("a", 1));
    fs::create_directories(root_ / "x2");
    write(root_ / "x2" / "a.yaml", stream("a", "2h"));
    fs::remove(root_ / "second");
    fs::create_directory_symlink("x2", root_ / "second");
    ASSERT_TRUE(running.declares("a", 2));
    EXPECT_TRUE(running.gone().empty());
}

TEST_F(DirectorySourceTest, FiveHundredFilesAreReadAndOneAmongThemIsNoticed) {
    for (int i = 0; i < 500; ++i) {
        write(dir_ / ("s" + std::to_string(i) + ".yaml"), stream("s" + std::to_string(i)));
    }
    Running running{dir_};
    ASSERT_TRUE(running.declares("s499", 1));
    put(dir_ / "s250.yaml", stream("s250", "2h"));
    ASSERT_TRUE(running.declares("s250", 2));
    EXPECT_EQ(running.changes_of("s249"), 1);
    fs::remove(dir_ / "s1.yaml");
    ASSERT_TRUE(running.loses("s1"));
    EXPECT_EQ(running.gone(), std::set{key("s1")});
}

TEST_F(DirectorySourceTest, AStopEndsAWaitAtOnce) {
    DirectorySource source{dir_.string(), {.settle = 30ms, .poll = kNoPoll}};
    std::stop_source stop;
    std::jthread stopper{[&] { stop.request_stop(); }};
    source.run(stop.get_token(), [](const Update&) {});
    SUCCEED();
}

}  // namespace
}  // namespace headgate::files
