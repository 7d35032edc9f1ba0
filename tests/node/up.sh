#!/bin/bash
# Brings up a real one-node Kubernetes cluster (etcd, API server, controller-manager, scheduler,
# containerd, kubelet, kube-proxy) inside mount, network, PID, UTS and IPC namespaces of its own.
# Outside of them exist only one end of a link with two routes, and the cgroups named
# headgate-node; down.sh removes those.
#   up.sh [image.tar ...]   imports these docker or OCI archives; prints the KUBECONFIG to use
# There is no cluster DNS, and no way from Pods to anywhere but this machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/node/env
. "$here/env"
runc=${RUNC:-/usr/sbin/runc}
cni_bin=${CNI_BIN:-/usr/lib/cni}

[ "$(id -u)" = 0 ] || die "needs root"
for needed in "$runc" "$cni_bin/bridge" /usr/sbin/nft; do
    [ -x "$needed" ] || die "no $needed: tools/install-packages node"
done
node_is_init "$(cat "$node_run/init.pid" 2>/dev/null)" && die "already up; run down.sh first"
"$here/down.sh" || die "what an earlier node left could not be removed"
rm -rf "$node_state" "$node_conf" "$node_logs" "$node_run"
mkdir -p "$node_state"/{varlib,varlog,etcd} "$node_conf"/{pki,cni} "$node_logs" "$node_run"
trap '[ $? = 0 ] || "$here/down.sh"' EXIT

# --- keys, tokens, kubeconfigs
chmod 700 "$node_conf/pki"
cd "$node_conf/pki"
new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
authority() { # file name
    openssl req -x509 "${new_key[@]}" -days 30 -subj "/CN=$2" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}
leaf() { # file subject extensions
    openssl req "${new_key[@]}" -subj "$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 \
        -extfile <(printf '%s' "$3") -out "$1.crt" 2>/dev/null
}
kubeconfig() { # file user groups
    local token
    token=$(openssl rand -hex 16)
    echo "$token,$2,$2,\"$3\"" >> tokens.csv
    (umask 077 && cat > "$node_conf/$1.kubeconfig") <<Y
apiVersion: v1
kind: Config
clusters: [{name: node, cluster: {server: "https://$node_ip:6443", certificate-authority: $node_conf/pki/ca.crt}}]
users: [{name: user, user: {token: $token}}]
contexts: [{name: node, context: {cluster: node, user: user}}]
current-context: node
Y
}
authority ca headgate-node-ca
authority front-ca headgate-node-front-proxy-ca
kubernetes_dns=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
leaf apiserver /CN=kube-apiserver \
    "subjectAltName=IP:127.0.0.1,IP:$node_ip,IP:$node_service_ip,DNS:localhost,$kubernetes_dns"
leaf kubelet-server /CN=$node_name "subjectAltName=IP:$node_ip,DNS:$node_name"
leaf apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client "extendedKeyUsage=clientAuth"
openssl genrsa -out sa.key 2048 2>/dev/null
openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
kubeconfig admin admin system:masters
kubeconfig controller-manager system:kube-controller-manager ""
kubeconfig scheduler system:kube-scheduler ""
kubeconfig kubelet system:node:$node_name system:nodes
kubeconfig proxy system:kube-proxy ""

# --- configuration
cat > "$node_conf/kubelet.yaml" <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false   # Kubernetes 1.35 and newer refuse cgroup v1 without it
cgroupDriver: cgroupfs
cgroupRoot: /$node_cgroup
address: $node_ip
healthzBindAddress: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $node_conf/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $node_conf/pki/kubelet-server.crt
tlsPrivateKeyFile: $node_conf/pki/kubelet-server.key
containerRuntimeEndpoint: unix://$node_run/containerd.sock
resolvConf: $node_conf/resolv.conf
clusterDomain: cluster.local
failSwapOn: false
imageGCHighThresholdPercent: 100   # never: nothing could pull a collected image again
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
nodeStatusUpdateFrequency: 4s
syncFrequency: 10s
Y
cat > "$node_conf/proxy.yaml" <<Y
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $node_conf/proxy.kubeconfig}
mode: nftables
clusterCIDR: $node_pod_cidr
hostnameOverride: $node_name
conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}   # not writable in a network namespace
Y
cat > "$node_conf/cni/10-bridge.conflist" <<Y
{"cniVersion": "1.0.0", "name": "headgate", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$node_pod_cidr"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
Y
cat > "$node_conf/containerd.toml" <<Y
version = 3
root = "$node_state/containerd"
state = "/run/containerd"
[grpc]
  address = "$node_run/containerd.sock"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "$node_pause_image"
[plugins.'io.containerd.cri.v1.runtime']
  # Where root lacks CAP_SYS_RESOURCE, runc cannot give the sandbox its -998 and ends with
  # "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["$cni_bin"]
    conf_dir = "$node_conf/cni"
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = "runc"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
        BinaryName = "$runc"
        SystemdCgroup = false
[plugins.'io.containerd.nri.v1.nri']
  disable = true
Y
echo "nameserver $node_host_ip" > "$node_conf/resolv.conf"
printf '127.0.0.1 localhost\n%s %s\n' $node_ip $node_name > "$node_conf/hosts"

# --- cgroups: one of our own in every v1 hierarchy, or in the v2 one
if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
    mkdir -p /sys/fs/cgroup/$node_cgroup
else
    for hierarchy in /sys/fs/cgroup/*/; do
        [ "$(basename "$hierarchy")" = unified ] || mkdir -p "$hierarchy$node_cgroup"
    done
    for file in cpuset.cpus cpuset.mems; do
        cat /sys/fs/cgroup/cpuset/$file > /sys/fs/cgroup/cpuset/$node_cgroup/$file
    done
fi

# --- namespaces and the link
setsid unshare --mount --net --pid --uts --ipc --fork --mount-proc --propagation private \
    "$node_init" > "$node_logs/init.log" 2>&1 < /dev/null &
outer=$!
echo $outer > "$node_run/unshare.pid"
init=
for _ in $(seq 250); do
    # unshare forks once it has the new namespaces: the child is in them from its first instruction.
    init=$(cat /proc/$outer/task/$outer/children 2>/dev/null || true)
    init=${init%% *}
    [ -n "$init" ] && break
    sleep 0.02
done
[ -n "$init" ] || die "no namespace: $(cat "$node_logs/init.log")"
echo "$init" > "$node_run/init.pid"
ip link add $node_link type veth peer name eth0 netns "$init"
ip addr add $node_host_ip/30 dev $node_link
ip link set $node_link up
nsenter -t "$init" -n sh -ec "ip link set lo up; ip addr add $node_ip/30 dev eth0
    ip link set eth0 up; ip route add default via $node_host_ip; sysctl -qw net.ipv4.ip_forward=1"
ip route add $node_pod_cidr via $node_ip dev $node_link
ip route add $node_service_cidr via $node_ip dev $node_link
touch "$node_run/net-ready"

# --- until a Pod could start
# Also stops waiting when the node is gone.
holds() { ! node_is_init "$init" || "$@"; }
wait_for() { # what seconds command...
    local what=$1 seconds=$2
    shift 2
    wait_until "$seconds" holds "$@" || die "$what: not in time; see $node_logs"
    node_is_init "$init" || die "the node's init ended: $(tail -5 "$node_logs/init.log")"
}
api_ready() {
    curl -fs --max-time 2 --cacert "$node_conf/pki/ca.crt" https://$node_ip:6443/readyz \
        -H "Authorization: Bearer $(head -1 "$node_conf/pki/tokens.csv" | cut -d, -f1)"
}
node_ready() {
    "$node_bin/kubectl" get node $node_name \
        -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.spec.taints}' | grep -qx 'True *'
}
export KUBECONFIG=$node_kubeconfig
wait_for "API server" 60 api_ready
wait_for containerd 30 node_ctr version
for image in "$node_images/pause.tar" "$@"; do
    node_ctr images import --local --platform linux/amd64 "$image" >> "$node_logs/import.log" 2>&1 ||
        die "import of $image: $(tail -3 "$node_logs/import.log")"
done
wait_for "node Ready" 90 node_ready
wait_for "default ServiceAccount" 30 "$node_bin/kubectl" -n default get serviceaccount default
echo "export KUBECONFIG=$node_kubeconfig"
