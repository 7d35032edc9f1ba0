#!/bin/bash
# PID 1 of the node's namespaces, started by up.sh. When it ends the kernel ends everything inside.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/node/env
. "$here/env"
hostname $node_name

# /sys of this network namespace, with the machine's cgroup mounts moved over.
mkdir -p "$node_state/cgroup"
mount --rbind /sys/fs/cgroup "$node_state/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$node_state/cgroup" /sys/fs/cgroup
umount -l "$node_state/cgroup"
# Only now: the umount above would otherwise reach the peer mounts and empty /sys/fs/cgroup.
mount --make-rshared /

# /run, /var/lib and /var/log of its own: state ends up in the cache folder or nowhere.
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/lock
mount --bind "$node_state/varlib" /var/lib
mount --bind "$node_state/varlog" /var/log
mount --bind "$node_conf/resolv.conf" /etc/resolv.conf
mount --bind "$node_conf/hosts" /etc/hosts
# The kubelet sets these for the whole machine; give it files of its own to write to.
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
    kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    mkdir -p "$node_state/sysctl/$(dirname $setting)"
    cat /proc/sys/$setting > "$node_state/sysctl/$setting"
    mount --bind "$node_state/sysctl/$setting" /proc/sys/$setting
done
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
export PATH=$node_bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
while [ ! -e "$node_run/net-ready" ]; do sleep 0.02; done

start() { local name=$1; shift; "$@" > "$node_logs/$name.log" 2>&1 & echo "$name $!"; }
as() { echo "--kubeconfig=$node_conf/$1.kubeconfig --authentication-kubeconfig=$node_conf/$1.kubeconfig \
--authorization-kubeconfig=$node_conf/$1.kubeconfig --bind-address=127.0.0.1 --leader-elect=false"; }
trap 'exit 0' TERM INT
cd "$node_state" || exit 1
pki=$node_conf/pki

start containerd containerd -c "$node_conf/containerd.toml"
start etcd etcd --data-dir "$node_state/etcd" --unsafe-no-fsync \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster default=http://127.0.0.1:2380
start kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
    --bind-address=0.0.0.0 --advertise-address=$node_ip --secure-port=6443 \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
    --client-ca-file="$pki/ca.crt" --token-auth-file="$pki/tokens.csv" \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" \
    --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --requestheader-client-ca-file="$pki/front-ca.crt" \
    --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --service-cluster-ip-range=$node_service_cidr --allow-privileged=true
# readyz and not livez: before the RBAC bootstrap the controller-manager ends with 'forbidden'.
until curl -fsk --max-time 2 https://127.0.0.1:6443/readyz 2>/dev/null | grep -qx ok; do sleep 0.1; done
# shellcheck disable=SC2046
start kube-controller-manager kube-controller-manager $(as controller-manager) \
    --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
    --use-service-account-credentials=true --node-monitor-period=1s
# shellcheck disable=SC2046
start kube-scheduler kube-scheduler $(as scheduler)
start kubelet kubelet --config="$node_conf/kubelet.yaml" \
    --kubeconfig="$node_conf/kubelet.kubeconfig" --hostname-override=$node_name --node-ip=$node_ip -v=2
start kube-proxy kube-proxy --config="$node_conf/proxy.yaml"
# Also reaps what the Pods' shims leave behind.
while :; do wait -n || { [ $? = 127 ] && sleep 1; }; done
