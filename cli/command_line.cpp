#include "cli/command_line.hpp"

#include <string_view>

namespace headgate::cli {

namespace {

constexpr std::string_view kAbout =
    "Keeps NATS JetStream streams, key-value buckets and consumers as declared, and never loses "
    "data\n"
    "that nobody approved losing.";

constexpr std::string_view kExamples =
    "Examples:\n"
    "  headgate plan -f manifests/                  what would change, and what it would cost\n"
    "  headgate apply -f manifests/ -f extra.yaml   make it so\n"
    "  headgate run -f /etc/headgate                keep a directory true, for ever\n"
    "  headgate controller --kubeconfig ~/.kube/config   keep a cluster's objects true\n"
    "  headgate export > now.yaml                   manifests for what a server has now\n"
    "  headgate crds | kubectl apply -f -           install the kinds\n"
    "\n"
    "Environment:\n"
    "  Every flag can also be given as HEADGATE_<FLAG>: --js-domain is HEADGATE_JS_DOMAIN. A flag "
    "goes\n"
    "  first. NATS_URL is read where neither --server nor HEADGATE_SERVER is given; NO_COLOR "
    "turns\n"
    "  colour off. Secrets are read from files only, and never printed.\n"
    "\n"
    "Exit codes:\n"
    "  0 all as declared, or only to be taken over; 2 something would change, waits or was "
    "refused;\n"
    "  1 an error.";

constexpr std::string_view kMore = "Flags of the NATS connection and of logging: headgate --help";

constexpr std::string_view kConnection = "NATS connection";
constexpr std::string_view kBehaviour = "Behaviour";
constexpr std::string_view kLogging = "Logging";
constexpr std::string_view kOthers = "Others";

CLI::Option* text(CLI::App& app,
                  const std::string& name,
                  std::string& value,
                  const std::string& help,
                  const std::string& type) {
    return app.add_option(name, value, help)->type_name(type)->take_last();
}

void add_global_flags(CommandLine& line) {
    auto& [app, raw, options, commands, version] = line;
    auto& nats = options.nats;
    const std::string connection{kConnection};
    text(app,
         "--server",
         raw.server,
         "Servers, with commas (default: $NATS_URL, else nats://127.0.0.1:4222)",
         "URL")
        ->group(connection);
    text(app, "--creds", nats.creds, "Credentials file: JWT and seed, as nsc writes them", "FILE")
        ->group(connection);
    text(app, "--nkey", nats.nkey, "File with the seed of an nkey", "FILE")->group(connection);
    text(app, "--user", nats.user, "User name", "NAME")->group(connection);
    text(app, "--password-file", nats.password_file, "File with the user's password", "FILE")
        ->group(connection);
    text(app, "--token-file", nats.token_file, "File with a token", "FILE")->group(connection);
    text(app,
         "--tls-ca",
         nats.tls_ca,
         "PEM file of the only authorities trusted (default: the system's)",
         "FILE")
        ->group(connection);
    text(app, "--tls-cert", nats.tls_cert, "PEM file of the client's certificate", "FILE")
        ->group(connection);
    text(app, "--tls-key", nats.tls_key, "PEM file of the client's key", "FILE")->group(connection);
    app.add_flag("--tls-first", nats.tls_first, "TLS handshake before the server's greeting")
        ->group(connection);
    text(app, "--js-domain", nats.js_domain, "JetStream domain", "NAME")->group(connection);
    text(app,
         "--js-api-prefix",
         nats.js_api_prefix,
         "JetStream API prefix, where an import renames it",
         "SUBJECT")
        ->group(connection);
    const std::string behaviour{kBehaviour};
    text(app, "--instance", options.instance, "Who signs what is made (default: headgate)", "NAME")
        ->group(behaviour);
    text(app,
         "--replica-limit",
         raw.replica_limit,
         "Caps replicas, and with 1 drops placement, for a single server",
         "N")
        ->group(behaviour);
    const std::string logging{kLogging};
    text(app,
         "--log-level",
         raw.log_level,
         "debug, info, warning, error or off (default: info; on a terminal run says warning)",
         "LEVEL")
        ->group(logging);
    text(app,
         "--log-format",
         raw.log_format,
         "text or json, on standard error (default: text)",
         "FORMAT")
        ->group(logging);
    app.add_flag("--version", version, "Prints the version")->group(std::string{kOthers});
}

CLI::App* add_command(CommandLine& line,
                      Command command,
                      const std::string& name,
                      const std::string& help) {
    auto* const added = line.app.add_subcommand(name, help);
    added->group("Commands");
    added->fallthrough();
    added->allow_extras();
    added->footer(std::string{kMore});
    line.commands.emplace_back(added, command);
    return added;
}

void add_files(CLI::App& app, CommandLine& line, const std::string& help) {
    app.add_option("-f,--file", line.options.files, help)
        ->type_name("PATH")
        ->expected(-1)
        ->group("Input and output");
}

void add_output(CLI::App& app, CommandLine& line) {
    text(app, "-o,--output", line.raw.output, "text or json (default: text)", "FORMAT")
        ->group("Input and output");
}

void add_manifest_output(CLI::App& app, CommandLine& line) {
    text(app, "-o,--output", line.raw.output, "yaml or json, a List (default: yaml)", "FORMAT")
        ->group("Input and output");
}

void add_running_flags(CLI::App& app, CommandLine& line) {
    text(app,
         "--listen",
         line.options.listen,
         "Where /metrics, /healthz and /readyz are served (default: :8080)",
         "ADDRESS")
        ->group("Running");
    text(app,
         "--resync",
         line.raw.resync,
         "How often everything is looked at again (default: 30s)",
         "TIME")
        ->group("Running");
    text(app,
         "--outage-grace",
         line.raw.outage_grace,
         "How long objects stay Ready while NATS cannot be reached (default: 30s)",
         "TIME")
        ->group("Running");
    text(app, "--workers", line.raw.workers, "Objects worked on at a time (default: 8)", "N")
        ->group("Running");
    text(app,
         "--asset-metrics",
         line.raw.asset_metrics,
         "Gauges of the streams and consumers of so many objects, on each connection (default: 0)",
         "N")
        ->group("Running");
    app.add_flag("--debug-endpoint", line.options.debug, "Serves /debug: what waits and what runs")
        ->group("Running");
}

void add_election_flags(CLI::App& app, CommandLine& line) {
    const std::string group = "Leader election";
    auto& leader = line.options.leader;
    app.add_flag(
           "--leader-elect", leader.elect, "Works only while it holds the Lease; for replicas")
        ->group(group);
    text(app,
         "--leader-elect-namespace",
         leader.ns,
         "Namespace of the Lease (default: the operator's own)",
         "NAME")
        ->group(group);
    text(app,
         "--leader-elect-name",
         leader.name,
         "Name of the Lease (default: headgate-<instance>)",
         "NAME")
        ->group(group);
    text(app,
         "--lease-duration",
         line.raw.lease_duration,
         "How long standbys wait for a leader that is silent (default: 15s)",
         "TIME")
        ->group(group);
    text(app,
         "--renew-deadline",
         line.raw.renew_deadline,
         "How long a leader goes on that cannot renew the Lease (default: 10s)",
         "TIME")
        ->group(group);
    text(app,
         "--retry-period",
         line.raw.retry_period,
         "Time between two renewals, or two looks at the Lease (default: 2s)",
         "TIME")
        ->group(group);
}

void add_prune(CLI::App& app, CommandLine& line) {
    app.add_flag(
           "--prune",
           line.options.prune,
           "Also handles, by its deletionPolicy, what this --instance signed and nothing given "
           "declares any more")
        ->group(std::string{kBehaviour});
}

constexpr std::string_view kFiles =
    "Manifest, or directory of them; - is standard input. May be given more than once";

void add_commands(CommandLine& line) {
    const std::string files{kFiles};
    auto* command = add_command(
        line, Command::Run, "run", "Keeps what a directory declares true, until it is ended");
    text(*command, "-f,--file", line.raw.directory, "Directory of manifests, watched", "DIR")
        ->group("Input and output");
    command
        ->add_flag("--once",
                   line.options.once,
                   "Ends after the first full pass, with the exit code of apply")
        ->group("Running");
    add_prune(*command, line);
    add_running_flags(*command, line);

    command = add_command(line, Command::Apply, "apply", "Makes it as declared, once");
    add_files(*command, line, files);
    add_output(*command, line);
    command
        ->add_flag("--adopt", line.options.adopt, "Takes over existing streams that nobody signed")
        ->group(std::string{kBehaviour});
    command
        ->add_option(
            "--approve",
            line.options.approvals,
            "Carries out the waiting plan of this hash, as plan shows it. May be given more "
            "than once")
        ->type_name("HASH")
        ->expected(1)
        ->take_all()
        ->group(std::string{kBehaviour});
    add_prune(*command, line);

    command = add_command(line,
                          Command::Plan,
                          "plan",
                          "Shows what would change and what it would cost; changes nothing");
    add_files(*command, line, files);
    add_output(*command, line);
    add_prune(*command, line);

    command = add_command(
        line, Command::Delete, "delete", "Removes what the manifests own, by their deletionPolicy");
    add_files(*command, line, files);
    add_output(*command, line);

    command = add_command(
        line,
        Command::Get,
        "get",
        "Shows the state of the manifests' objects, or of all that this instance signed");
    add_files(*command, line, files);
    add_output(*command, line);

    command =
        add_command(line,
                    Command::Export,
                    "export",
                    "Writes manifests for what a server has now; plan then lists only adoptions");
    text(*command,
         "--streams",
         line.options.streams,
         "Only streams whose name matches, * and ? as in a shell (default: all)",
         "GLOB")
        ->group("Input and output");
    add_manifest_output(*command, line);

    command = add_command(line,
                          Command::Convert,
                          "convert",
                          "Writes manifests for the resources of jetstream.nats.io/v1beta2");
    add_files(*command, line, files);
    add_manifest_output(*command, line);

    command = add_command(line, Command::Crds, "crds", "Prints the CustomResourceDefinitions");
    text(*command,
         "--dir",
         line.options.crds_dir,
         "Writes one file a kind into this directory instead",
         "DIR")
        ->group("");
    text(*command,
         "--reference",
         line.options.reference_dir,
         "Writes the reference pages into this directory",
         "DIR")
        ->group("");

    add_command(line, Command::Version, "version", "Prints version, commit and libraries");

    command = add_command(line, Command::Controller, "controller", "The Kubernetes operator");
    text(*command,
         "--kubeconfig",
         line.options.kube.kubeconfig,
         "How to reach the cluster (default: $KUBECONFIG, else as the Pod this runs in)",
         "FILE")
        ->group("Kubernetes");
    text(*command,
         "--context",
         line.options.kube.context,
         "Context of the kubeconfig (default: its current one)",
         "NAME")
        ->group("Kubernetes");
    text(*command,
         "--namespaces",
         line.raw.namespaces,
         "The only namespaces looked at, with commas; a Role in each suffices (default: all)",
         "NAMES")
        ->group("Kubernetes");
    text(*command,
         "--events",
         line.raw.events,
         "true or false: writes Events on what a person should see (default: true)",
         "BOOL")
        ->group("Kubernetes");
    add_election_flags(*command, line);
    add_running_flags(*command, line);
}

// Last of all, as help lists flags in the order they were added.
void add_help_flags(CommandLine& line) {
    const auto add = [](CLI::App& app) {
        app.set_help_flag("-h,--help", "Prints this")->group(std::string{kOthers});
    };
    add(line.app);
    for (const auto& [app, command] : line.commands) {
        add(*app);
    }
}

}  // namespace

CommandLine::CommandLine() : app(std::string{kAbout}, "headgate") {
    app.get_formatter()->column_width(30);
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.footer(std::string{kExamples});
    app.allow_extras();
    app.require_subcommand(0, 1);
    add_global_flags(*this);
    add_commands(*this);
    add_help_flags(*this);
}

}  // namespace headgate::cli
