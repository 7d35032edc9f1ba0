#include "tests/support/certificate.hpp"

#include <stdexcept>

#include "tests/support/process.hpp"

namespace headgate::support {

void make_certificate(const std::string& name,
                      const std::filesystem::path& certificate,
                      const std::filesystem::path& key) {
    const auto made = run({.argv = {"openssl",
                                    "req",
                                    "-x509",
                                    "-newkey",
                                    "ec",
                                    "-pkeyopt",
                                    "ec_paramgen_curve:P-256",
                                    "-nodes",
                                    "-subj",
                                    "/CN=" + name,
                                    "-addext",
                                    "subjectAltName=IP:127.0.0.1",
                                    "-keyout",
                                    key.string(),
                                    "-out",
                                    certificate.string()}});
    if (made.exit_code != 0) {
        throw std::runtime_error(made.err);
    }
}

}  // namespace headgate::support
