// What Linux says of this process (proc(5)), under the names Prometheus clients use.
#pragma once

namespace headgate::controller {

struct ProcessFigures {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double virtual_bytes = 0;
    double open_fds = 0;
    double max_fds = 0;
    double start_seconds = 0;  ///< Since 1970.
};

/// Figures that cannot be read are zero.
[[nodiscard]] ProcessFigures process_figures();

/// Hands the kernel what the allocator keeps of memory that was freed: after a list of thousands,
/// which comes rarely.
void give_back_memory();

}  // namespace headgate::controller
