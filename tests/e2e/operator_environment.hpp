// What the operator's tests share: a Kubernetes API, three NATS servers with the platform's tags,
// and the operator between them. Every test has a namespace and streams of its own.
#pragma once

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/platform.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/recorder.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::e2e {

struct World {
    ControlPlane kube;
    support::NatsCluster cluster;
    support::NatsCli nats{cluster.server(0).url()};
    Recorder recorder{{cluster.server(0).url(), cluster.server(1).url(), cluster.server(2).url()}};
    Program program{kube.controller(cluster.urls(), {"--resync=2s"})};
};

/// Started before the first test, ended after the last.
[[nodiscard]] World& world();

}  // namespace headgate::e2e
