// One function object out of several, for std::visit.
#pragma once

namespace headgate::core {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};

template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace headgate::core
