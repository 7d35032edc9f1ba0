#include "controller/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <malloc.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace headgate::controller {

namespace {

// Fields of /proc/self/stat from the third on; the second, the name, may hold spaces.
std::vector<double> stat_fields() {
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line);
    const auto end = line.rfind(')');
    std::istringstream rest{end == std::string::npos ? std::string{} : line.substr(end + 4)};
    return {std::istream_iterator<double>{rest}, {}};
}

double boot_seconds() {
    std::ifstream file{"/proc/stat"};
    std::string name;
    while (file >> name) {
        if (name == "btime") {
            double seconds = 0;
            file >> seconds;
            return seconds;
        }
        file.ignore(1 << 16, '\n');
    }
    return 0;
}

}  // namespace

ProcessFigures process_figures() {
    ProcessFigures figures;
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    // proc(5): utime is field 14, stime 15, starttime 22, vsize 23, rss 24; ours begin at 4.
    if (const auto fields = stat_fields(); fields.size() > 20) {
        figures.cpu_seconds = (fields[10] + fields[11]) / ticks;
        figures.start_seconds = boot_seconds() + fields[18] / ticks;
        figures.virtual_bytes = fields[19];
        figures.resident_bytes = fields[20] * static_cast<double>(sysconf(_SC_PAGESIZE));
    }
    std::error_code error;
    for (std::filesystem::directory_iterator entry{"/proc/self/fd", error};
         !error && entry != std::filesystem::directory_iterator{};
         entry.increment(error)) {
        ++figures.open_fds;
    }
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        figures.max_fds = static_cast<double>(limit.rlim_cur);
    }
    return figures;
}

void give_back_memory() {
    malloc_trim(0);
}

}  // namespace headgate::controller
