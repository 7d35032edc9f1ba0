#!/bin/bash
# Makes what up.sh needs and the cache folder does not have yet: the programs of the node (built from
# pinned Go modules by tools/build-tools) and the pause image.
set -euo pipefail
# shellcheck source=tests/node/env
. "$(dirname "$0")/env"

"$root/tools/build-tools" test node

mkdir -p "$node_images"
if [ ! -f "$node_images/pause.tar" ]; then
    # shellcheck source=tools/image-env
    . "$root/tools/image-env"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cat > "$work/pause.c" <<'C'
#include <signal.h>
#include <unistd.h>

static void end(int signal_number) {
    (void)signal_number;
    _exit(0);
}

int main(void) {
    signal(SIGCHLD, SIG_IGN); /* as PID 1 of a Pod it inherits orphans: none stays a zombie */
    signal(SIGTERM, end);
    signal(SIGINT, end);
    for (;;) pause();
}
C
    gcc -static -O2 -o "$work/pause" "$work/pause.c"
    container=$(buildah from scratch)
    buildah copy -q "$container" "$work/pause" /pause >/dev/null
    buildah config --entrypoint '["/pause"]' --user 65535:65535 "$container"
    buildah commit -q "$container" "$node_pause_image" >/dev/null
    buildah rm "$container" >/dev/null
    buildah push -q "$node_pause_image" "docker-archive:$node_images/pause.tar.part:$node_pause_image"
    mv "$node_images/pause.tar.part" "$node_images/pause.tar"
fi
