#include "http/tls/certificate.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

namespace hermes::http {
namespace {

/// Shorter keys are refused by OpenSSL and by clients.
constexpr int kLeastRsaBits = 2048;

using NamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslDelete<GENERAL_NAMES_free>>;

std::unexpected<Error> refuse(const std::filesystem::path& file, std::string_view what) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", printable(file.string()), what));
}

std::unexpected<Error> cannot_read(const std::filesystem::path& file) {
  return fail(ErrorCode::kSystem, fmt::format("cannot read {}: {}", printable(file.string()),
                                              std::generic_category().message(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      // A pipe that nobody writes to would be waited for, without O_NONBLOCK.
      : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

enum class Secret : bool { kNo, kYes };

Result<std::string> read_file(const std::filesystem::path& file, Secret secret) {
  const Descriptor descriptor(file);
  struct stat status{};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) return cannot_read(file);
  if (!S_ISREG(status.st_mode)) return refuse(file, "it is not a file; it should be a PEM file");
  // The group may: that is how a key is shared with the one service that needs it.
  if (secret == Secret::kYes && (status.st_mode & S_IRWXO) != 0) {
    return refuse(file, fmt::format("other users may use this private key (mode {:04o}); chmod o= "
                                    "makes it private",
                                    status.st_mode & 07777));
  }
  if (static_cast<std::size_t>(status.st_size) > Certificate::kMaxFileBytes) {
    return refuse(file, fmt::format("it has {} bytes, at most {} are read", status.st_size,
                                    Certificate::kMaxFileBytes));
  }
  std::string text(Certificate::kMaxFileBytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(descriptor.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(file);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

BioPtr view_of(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Asked for the passphrase of a key: OpenSSL's own function would ask on the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// All certificates, in the order of the file.
Result<std::vector<X509Ptr>> read_chain(const std::filesystem::path& file) {
  const auto text = read_file(file, Secret::kNo);
  if (!text) return std::unexpected(text.error());
  const BioPtr bio = view_of(*text);
  std::vector<X509Ptr> chain;
  for (;;) {
    bool asked = false;
    X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, &asked));
    if (next == nullptr) break;
    chain.push_back(std::move(next));
    if (chain.size() > Certificate::kMaxChain) {
      return refuse(file, fmt::format("it has more than {} certificates; it should have the one of "
                                      "the server and those that lead to a root",
                                      Certificate::kMaxChain));
    }
  }
  const unsigned long error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const std::string_view reason = take_openssl_reason();
  if (!at_end) {
    return refuse(file, fmt::format("certificate {} in it is not well formed ({})",
                                    chain.size() + 1, reason));
  }
  if (chain.empty()) {
    return refuse(file,
                  "there is no certificate in it; it should be a PEM file that has -----BEGIN "
                  "CERTIFICATE-----");
  }
  return chain;
}

Result<KeyPtr> read_key(const std::filesystem::path& file) {
  const auto text = read_file(file, Secret::kYes);
  if (!text) return std::unexpected(text.error());
  const BioPtr bio = view_of(*text);
  bool asked = false;
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &asked));
  const std::string_view reason = key == nullptr ? take_openssl_reason() : "";
  if (asked) {
    return refuse(file,
                  "the private key has a passphrase, which nobody is there to type; openssl "
                  "pkey -in FILE -out NEW writes it without one");
  }
  if (key == nullptr) {
    return refuse(file,
                  fmt::format("there is no private key in it that can be read ({}); it should "
                              "be a PEM file that has -----BEGIN PRIVATE KEY-----",
                              reason));
  }
  return key;
}

Result<KeyKind> kind_of(const EVP_PKEY& key, const std::filesystem::path& file) {
  switch (EVP_PKEY_get_base_id(&key)) {
    case EVP_PKEY_EC:
      return KeyKind::kEcdsa;
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(&key) >= kLeastRsaBits) return KeyKind::kRsa;
      return refuse(file, fmt::format("the RSA key has {} bits, which is too few; make one of at "
                                      "least {}, or an ECDSA key",
                                      EVP_PKEY_get_bits(&key), kLeastRsaBits));
    default:
      return refuse(file,
                    "the key is neither ECDSA nor RSA, which all clients understand; make one "
                    "of these");
  }
}

/// What a name in a certificate may be made of.
bool is_dns_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '-' ||
           each == '.' || each == '_';
  });
}

std::string lower_case(std::string text) {
  for (char& each : text) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each + ('a' - 'A'));
  }
  return text;
}

struct AlternativeNames {
  std::vector<std::string> dns;
  bool has_address = false;
};

AlternativeNames alternative_names(const X509& certificate) {
  AlternativeNames result;
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  // None, or none that can be read.
  ERR_clear_error();
  if (names == nullptr) return result;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type == GEN_IPADD) result.has_address = true;
    if (type != GEN_DNS) continue;
    const auto* const text = static_cast<const ASN1_STRING*>(value);
    std::string name = lower_case({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                   static_cast<std::size_t>(ASN1_STRING_length(text))});
    if (name.ends_with('.')) name.pop_back();
    if (is_dns_name(name) && std::ranges::find(result.dns, name) == result.dns.end()) {
      result.dns.push_back(std::move(name));
    }
  }
  return result;
}

std::string text_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return "an unknown time";
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &broken_down);
  return text.data();
}

/// Nothing: it is valid now.
std::optional<std::string> time_warning(const X509& certificate, WallTime now) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const ASN1_TIME* const before = X509_get0_notBefore(&certificate);
  const ASN1_TIME* const after = X509_get0_notAfter(&certificate);
  if (ASN1_TIME_cmp_time_t(after, seconds) < 0) {
    return fmt::format(
        "the certificate has expired at {}; clients will refuse it until it is "
        "renewed",
        text_of(after));
  }
  if (ASN1_TIME_cmp_time_t(before, seconds) > 0) {
    return fmt::format(
        "the certificate is valid from {} on only; clients will refuse it until "
        "then, or the clock of this machine is wrong",
        text_of(before));
  }
  return std::nullopt;
}

}  // namespace

Result<Certificate> Certificate::read(const CertificateFiles& files, WallTime now) {
  auto chain = read_chain(files.certificate);
  if (!chain) return std::unexpected(std::move(chain).error());
  auto key = read_key(files.key);
  if (!key) return std::unexpected(std::move(key).error());
  Certificate result;
  result.files = files;
  result.certificate = std::move(chain->front());
  chain->erase(chain->begin());
  result.chain = std::move(*chain);
  result.key = std::move(*key);
  const X509& certificate = *result.certificate;
  const auto kind = kind_of(*result.key, files.key);
  if (!kind) return std::unexpected(kind.error());
  result.kind = *kind;
  if (X509_check_private_key(&certificate, result.key.get()) != 1) {
    ERR_clear_error();
    return refuse(files.key,
                  fmt::format("this private key does not belong to the first certificate of {}; "
                              "the certificate of the server comes first there, then the others",
                              printable(files.certificate.string())));
  }
  AlternativeNames names = alternative_names(certificate);
  result.names = std::move(names.dns);
  result.warning = time_warning(certificate, now);
  if (!result.warning && result.names.empty() && !names.has_address) {
    result.warning = "the certificate has no name in its subjectAltName; clients will refuse it";
  }
  if (result.warning) {
    result.warning = fmt::format("{}: {}", printable(files.certificate.string()), *result.warning);
  }
  return result;
}

}  // namespace hermes::http
