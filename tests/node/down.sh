#!/bin/bash
# Ends only what up.sh started: the init of the node's PID namespace (the kernel then ends all
# inside), the link, the cgroups. The logs stay; --purge removes them and the state, too.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/node/env
. "$here/env"

init=$(cat "$node_run/init.pid" 2>/dev/null)
outer=$(cat "$node_run/unshare.pid" 2>/dev/null)
if node_is_init "$init"; then
    for signal in TERM KILL; do
        kill -$signal "$init" 2>/dev/null
        for _ in $(seq 50); do node_is_init "$init" || break 2; sleep 0.1; done
    done
fi
# Ends by itself once the kernel has ended everything in the namespaces.
for _ in $(seq 100); do node_is_init "$outer" || break; sleep 0.1; done
# Its routes go with it.
ip link show $node_link >/dev/null 2>&1 && ip link del $node_link

left=0
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    cgroup=${hierarchy%/}/$node_cgroup
    for _ in $(seq 50); do
        [ -d "$cgroup" ] || break
        # Ended processes leave their cgroup a moment later than they end.
        find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
    [ -d "$cgroup" ] && { say "left: $cgroup"; left=1; }
done
rm -f "$node_run/init.pid" "$node_run/unshare.pid" "$node_run/net-ready"
[ "${1:-}" = --purge ] && rm -rf "$node_state" "$node_run" "$node_conf" "$node_logs"
exit $left
