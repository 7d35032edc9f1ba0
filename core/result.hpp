// Result<T>: a value or an Error. A strict subset of std::expected (C++23), so that it can become
// an alias one day and no caller changes. Reading the wrong side is a programming error (assert).
#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/error.hpp"

namespace headgate::core {

template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

    // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }

    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] const T& value() const& {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }

    [[nodiscard]] T& value() & {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }

    [[nodiscard]] T&& value() && {
        assert(has_value());
        return std::move(*std::get_if<0>(&state_));
    }

    const T& operator*() const& { return value(); }

    T& operator*() & { return value(); }

    T&& operator*() && { return std::move(*this).value(); }

    const T* operator->() const { return &value(); }

    T* operator->() { return &value(); }

    [[nodiscard]] const Error& error() const {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }

    /// The value mapped by `function`, or the same error.
    template <class F>
    auto transform(F&& function) const -> Result<std::invoke_result_t<F, const T&>> {
        if (!has_value()) {
            return error();
        }
        return std::forward<F>(function)(value());
    }

    /// What `function`, itself fallible, makes of the value, or the same error.
    template <class F>
    auto and_then(F&& function) const -> std::invoke_result_t<F, const T&> {
        if (!has_value()) {
            return error();
        }
        return std::forward<F>(function)(value());
    }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;

    // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }

    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] const Error& error() const {
        assert(error_.has_value());
        return *error_;
    }

private:
    std::optional<Error> error_;
};

/// Success without a value, or an Error.
using Status = Result<void>;

}  // namespace headgate::core
