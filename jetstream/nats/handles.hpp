// Owners of the C library's objects. Private to this folder: only its sources include
// <nats/nats.h>.
#pragma once

#include <memory>

#include <nats/nats.h>

namespace headgate::jetstream::nats {

template <auto kFree>
struct Freed {
    template <class T>
    void operator()(T* object) const noexcept {
        kFree(object);
    }
};

using ConnectionHandle = std::unique_ptr<natsConnection, Freed<natsConnection_Destroy>>;
using MessageHandle = std::unique_ptr<natsMsg, Freed<natsMsg_Destroy>>;
using OptionsHandle = std::unique_ptr<natsOptions, Freed<natsOptions_Destroy>>;
using SubscriptionHandle = std::unique_ptr<natsSubscription, Freed<natsSubscription_Destroy>>;

}  // namespace headgate::jetstream::nats
