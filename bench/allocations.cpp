#include "bench/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace headgate::bench {

namespace {

std::atomic<std::size_t> counted{0};  // NOLINT: what operator new counts

}  // namespace

std::size_t allocations() {
    return counted.load(std::memory_order_relaxed);
}

}  // namespace headgate::bench

// The replacements that [new.delete] allows a program to have; in a file of their own, since a
// compiler that sees through one of a pair takes the other for a mistake.
void* operator new(std::size_t size) {
    headgate::bench::counted.fetch_add(1, std::memory_order_relaxed);
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {  // NOLINT: is operator new
        return memory;
    }
    throw std::bad_alloc{};
}

void operator delete(void* memory) noexcept {
    std::free(memory);  // NOLINT: is operator delete
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);  // NOLINT: is operator delete
}
